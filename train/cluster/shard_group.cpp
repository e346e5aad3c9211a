#include <sonant/train/cluster/shard_group.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include <sonant/core/error.h>
#include <sonant/core/parallel.h>

namespace sonant {
namespace {

constexpr const char* kAt = "ShardGroup";

}  // namespace

class ShardGroup::Local : public Exchange {
 public:
  Local(ShardGroup& group, int shard, int place) : k(place), group_(group), shard_(shard) {}
  int shard() const override { return shard_; }
  int shards() const override { return group_.shards_; }
  void gather(std::span<const double> mine, std::span<double> all) override {
    check(all.size() == mine.size() * static_cast<std::size_t>(shards()), kAt, "expects room for ",
          mine.size() * static_cast<std::size_t>(shards()), " numbers, got ", all.size());
    group_.gather(*this, mine, all);
  }

  const int k;
  std::uint64_t rounds = 0;  // of this run

 private:
  ShardGroup& group_;
  int shard_;
};

ShardGroup::ShardGroup(int shards, Communicator* ranks)
    : shards_(shards), ranks_(ranks && ranks->size() > 1 ? ranks : nullptr) {
  const int size = ranks_ ? ranks_->size() : 1, rank = ranks_ ? ranks_->rank() : 0;
  check(shards >= size, kAt, "expects at least a shard a rank, got ", shards, " shards of ", size,
        " ranks");
  for (int r = 0; r < size; ++r)
    shards_of_.push_back(first_shard(shards, size, r + 1) - first_shard(shards, size, r));
  first_ = first_shard(shards, size, rank);
  const int here = shards_of_[static_cast<std::size_t>(rank)];
  for (int k = 0; k < here; ++k) locals_.push_back(std::make_unique<Local>(*this, first_ + k, k));
  for (int k = 1; k < here; ++k) threads_.emplace_back([this, k] { work(k); });
}

ShardGroup::~ShardGroup() {
  const std::lock_guard lock(mutex_);
  stop_ = true;
  to_all_.notify_all();
}

// Between two meetings there are some hundred microseconds, and waking a thread that sleeps takes
// its time; so a thread with a processor to itself looks for a while first.
template <class Ready>
void ShardGroup::wait(std::unique_lock<std::mutex>& lock, std::condition_variable& call,
                      const Ready& ready) {
  if (patient_ && !ready()) {
    lock.unlock();
    using Clock = std::chrono::steady_clock;
    const auto end = Clock::now() + std::chrono::microseconds(50);
    while (!ready() && Clock::now() < end) {
    }
    lock.lock();
  }
  call.wait(lock, ready);
}

void ShardGroup::take_seat(std::unique_lock<std::mutex>& lock) {
  to_next_.wait(lock, [this] { return seats_ > 0; });
  --seats_;
}

void ShardGroup::run(const std::function<void(int, Exchange&)>& body) {
  const int threads = num_threads();
  std::unique_lock lock(mutex_);
  body_ = &body;
  arrived_ = delivered_ = 0;
  failed_ = false;
  error_ = nullptr;
  seats_ = std::min(threads, size());
  patient_ = threads >= size();
  serial_ = threads <= size();
  busy_ = size() - 1;
  ++runs_;
  to_all_.notify_all();
  lock.unlock();
  take_part(0, body);
  lock.lock();
  wait(lock, to_first_, [this] { return busy_ == 0; });
  if (error_) std::rethrow_exception(std::exchange(error_, nullptr));
}

void ShardGroup::work(int k) {
  std::unique_lock lock(mutex_);
  for (std::uint64_t seen = 0;;) {
    wait(lock, to_all_, [&] { return stop_ || runs_ != seen; });
    if (stop_) return;
    seen = runs_;
    const auto& body = *body_;
    lock.unlock();
    take_part(k, body);
    lock.lock();
    if (--busy_ == 0) to_first_.notify_one();
  }
}

void ShardGroup::take_part(int k, const std::function<void(int, Exchange&)>& body) {
  Local& local = *locals_[static_cast<std::size_t>(k)];
  local.rounds = 0;
  std::unique_lock lock(mutex_);
  take_seat(lock);
  lock.unlock();
  try {
    std::optional<SerialRegion> serial;
    if (serial_) serial.emplace();
    body(k, local);
  } catch (...) {
    const std::lock_guard again(mutex_);
    if (!error_) error_ = std::current_exception();
    failed_ = true;
    to_first_.notify_all();
    to_all_.notify_all();
  }
  lock.lock();
  ++seats_;
  to_next_.notify_one();
}

// Who waits leaves its seat to a shard that can go on.
void ShardGroup::gather(Local& local, std::span<const double> mine, std::span<double> all) {
  std::unique_lock lock(mutex_);
  Round& round = rounds_[local.rounds++ % 2];
  const std::uint64_t everyone = local.rounds * locals_.size(), wanted = local.rounds;
  round.mine.resize(locals_.size() * mine.size());
  std::ranges::copy(
      mine, round.mine.begin() +
                static_cast<std::ptrdiff_t>(static_cast<std::size_t>(local.k) * mine.size()));
  const bool last = ++arrived_ == everyone;
  ++seats_;
  to_next_.notify_one();
  if (ranks_ && last) to_first_.notify_one();
  if (ranks_ && local.k == 0) {
    wait(lock, to_first_, [&] { return failed_ || arrived_ == everyone; });
    lock.unlock();
    if (!failed_) deliver(round, mine.size());
    lock.lock();
  }
  if (ranks_ ? local.k == 0 : last) {
    ++delivered_;
    to_all_.notify_all();
  }
  wait(lock, to_all_, [&] { return failed_ || delivered_ >= wanted; });
  take_seat(lock);
  check(!failed_, kAt, "another shard has failed");
  std::ranges::copy(ranks_ ? round.all : round.mine, all.begin());
}

void ShardGroup::deliver(Round& round, std::size_t each) {
  std::vector<int> counts;
  for (const int shards : shards_of_) counts.push_back(shards * static_cast<int>(each));
  round.all.resize(static_cast<std::size_t>(shards_) * each);
  ranks_->gather(round.mine, counts, round.all);
}

}  // namespace sonant
