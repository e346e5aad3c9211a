// The values last made of a key, shared by all threads: filter banks, windows, FFT plans.
#pragma once

#include <algorithm>
#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <utility>

namespace sonant {

// At most `capacity` values; the one unused for longest leaves first (who still holds it keeps it).
template <class Key, class Value>
class Cache {
 public:
  explicit Cache(std::size_t capacity) : capacity_(capacity) {}

  // The value of `key`, from make() if it is not here. An exception of make() leaves the cache as
  // it was.
  template <class Make>
  std::shared_ptr<const Value> get(const Key& key, Make&& make) {
    const std::scoped_lock lock(mutex_);
    const auto found = std::find_if(entries_.begin(), entries_.end(),
                                    [&](const auto& e) { return e.first == key; });
    if (found != entries_.end()) {
      entries_.splice(entries_.begin(), entries_, found);
    } else {
      entries_.emplace_front(key, std::make_shared<const Value>(make()));
      if (entries_.size() > capacity_) entries_.pop_back();
    }
    return entries_.front().second;
  }

  void clear() {
    const std::scoped_lock lock(mutex_);
    entries_.clear();
  }

 private:
  std::size_t capacity_;
  std::mutex mutex_;
  std::list<std::pair<Key, std::shared_ptr<const Value>>> entries_;  // last used first
};

}  // namespace sonant
