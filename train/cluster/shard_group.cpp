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
  wake_.notify_all();
}

// Between two meetings there are some hundred microseconds, and waking a thread that sleeps takes
// its time; so a thread with a processor to itself looks for a while first.
template <class Ready>
void ShardGroup::wait(std::unique_lock<std::mutex>& lock, const Ready& ready) {
  if (patient_ && !ready()) {
    lock.unlock();
    using Clock = std::chrono::steady_clock;
    const auto end = Clock::now() + std::chrono::microseconds(50);
    while (!ready() && Clock::now() < end) {
    }
    lock.lock();
  }
  wake_.wait(lock, ready);
}

void ShardGroup::take_seat(std::unique_lock<std::mutex>& lock) {
  wake_.wait(lock, [this] { return seats_ > 0; });
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
  wake_.notify_all();
  lock.unlock();
  take_part(0, body);
  lock.lock();
  wait(lock, [this] { return busy_ == 0; });
  if (error_) std::rethrow_exception(std::exchange(error_, nullptr));
}

void ShardGroup::work(int k) {
  std::unique_lock lock(mutex_);
  for (std::uint64_t seen = 0;;) {
    wait(lock, [&] { return stop_ || runs_ != seen; });
    if (stop_) return;
    seen = runs_;
    const auto& body = *body_;
    lock.unlock();
    take_part(k, body);
    lock.lock();
    --busy_;
    wake_.notify_all();
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
  }
  lock.lock();
  ++seats_;
  wake_.notify_all();
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
  ++arrived_;
  ++seats_;
  const bool last = arrived_ == everyone;
  if (ranks_ && local.k == 0) {
    wake_.notify_all();
    wait(lock, [&] { return failed_ || arrived_ == everyone; });
    if (!failed_) {
      lock.unlock();
      deliver(round, mine.size());
      lock.lock();
      ++delivered_;
      wake_.notify_all();
    }
  } else {
    if (!ranks_ && last) ++delivered_;
    wake_.notify_all();
    wait(lock, [&] { return failed_ || delivered_ >= wanted; });
  }
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
