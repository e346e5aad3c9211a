// The shards of a batch that this process computes, each on a thread of its own: docs/ranks.md.
// Not on the pool of core/parallel.h, where a shard that waits for the others would hold a thread
// that another one needs.
#pragma once

#include <atomic>
#include <condition_variable>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include <sonant/core/exchange.h>
#include <sonant/train/cluster/communicator.h>

namespace sonant {

class ShardGroup {
 public:
  // Of S shards those from first_shard() on. ranks: who has the others, and must outlive this;
  // null: all are here.
  ShardGroup(int shards, Communicator* ranks);
  ~ShardGroup();
  ShardGroup(const ShardGroup&) = delete;
  ShardGroup& operator=(const ShardGroup&) = delete;

  int size() const { return static_cast<int>(locals_.size()); }  // shards here

  // body(k, exchange) for the k-th shard here, the 0th on the caller's thread, which alone uses the
  // communicator. No more than num_threads() of them work at a time; if there are as many, they
  // have no other threads to help them. Returns when all are done; the first error is rethrown.
  void run(const std::function<void(int, Exchange&)>& body);

 private:
  class Local;
  struct Round {  // of gather(); two take turns, since none can be two ahead of another
    std::vector<double> mine, all;
  };

  void work(int k);
  void take_part(int k, const std::function<void(int, Exchange&)>& body);
  void gather(Local& local, std::span<const double> mine, std::span<double> all);
  void deliver(Round& round, std::size_t each);
  template <class Ready>
  void wait(std::unique_lock<std::mutex>& lock, std::condition_variable& call, const Ready& ready);
  void take_seat(std::unique_lock<std::mutex>& lock);

  int shards_, first_;
  Communicator* ranks_;
  std::vector<std::unique_ptr<Local>> locals_;
  std::vector<int> shards_of_;  // [R]

  std::mutex mutex_;  // guards what follows; what is atomic is also looked at without
  // To the first shard that the others have arrived, or ended; to one that a seat is free; to all
  // others that there is a run, or what they gather.
  std::condition_variable to_first_, to_next_, to_all_;
  const std::function<void(int, Exchange&)>* body_ = nullptr;
  Round rounds_[2];
  std::atomic<std::uint64_t> arrived_ = 0, delivered_ = 0;  // shards, rounds, of this run
  std::atomic<std::uint64_t> runs_ = 0;
  std::atomic<int> busy_ = 0;  // threads that are in the run
  std::atomic<bool> failed_ = false, stop_ = false;
  std::exception_ptr error_;
  int seats_ = 0;         // how many more may work
  bool patient_ = false;  // whoever waits may look for a while before it sleeps
  bool serial_ = true;
  std::vector<std::jthread> threads_;  // last: joined before the members above go
};

}  // namespace sonant
