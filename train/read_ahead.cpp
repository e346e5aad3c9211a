#include <sonant/train/read_ahead.h>

#include <algorithm>
#include <map>

#include <sonant/core/error.h>

namespace sonant {

ReadAhead::ReadAhead(const Dataset& data, std::span<const std::vector<int>> batches)
    : store_(data.store.get()) {
  if (store_ == nullptr) return;
  std::map<int, Use> uses;
  for (std::size_t k = 0; k < batches.size(); ++k)
    for (const int clip : batches[k]) {
      const int place = data.corpus.clips[static_cast<std::size_t>(clip)].place;
      const int shard = store_->clip(place).shard;
      Use& use = uses.try_emplace(shard, Use{shard, 0, k, k}).first->second;
      ++use.clips;
      use.last = k;
    }
  for (const auto& [shard, use] : uses) begin_.push_back(use);
  end_ = begin_;
  std::ranges::stable_sort(begin_, {}, &Use::first);
  std::ranges::stable_sort(end_, {}, &Use::last);
  ahead_ = batches.size() / std::max<std::size_t>(uses.size(), 1) + 1;
}

ReadAhead::~ReadAhead() {
  try {
    for (; ended_ < end_.size(); ++ended_) store_->give_back(end_[ended_].shard);
  } catch (const Error&) {  // its files are gone: who reads them next says so
  }
}

void ReadAhead::before(std::size_t k) {
  for (; begun_ < begin_.size() && begin_[begun_].first <= k + ahead_; ++begun_) {
    const Use& use = begin_[begun_];
    // Of a shard of which little is used, that alone is read.
    if (use.last >= k && 2 * use.clips >= store_->clips_in(use.shard)) store_->will_need(use.shard);
  }
  for (; ended_ < end_.size() && end_[ended_].last < k; ++ended_)
    store_->give_back(end_[ended_].shard);
}

}  // namespace sonant
