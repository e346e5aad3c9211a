// Has the features that come next read before they are waited for, and gives back what is over.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include <sonant/train/dataset.h>

namespace sonant {

// For batches of clips that are made one after the other. Nothing depends on it but time and
// memory; of a dataset in memory it does nothing.
class ReadAhead {
 public:
  // The dataset must outlive it.
  ReadAhead(const Dataset& data, std::span<const std::vector<int>> batches);
  ~ReadAhead();  // gives back the rest
  ReadAhead(const ReadAhead&) = delete;
  ReadAhead& operator=(const ReadAhead&) = delete;
  // Before batch k is made; k goes up.
  void before(std::size_t k);

 private:
  struct Use {  // of a shard, by these batches
    int shard = 0, clips = 0;
    std::size_t first = 0, last = 0;
  };
  const FeatureStore* store_;
  std::vector<Use> begin_, end_;  // by first, by last
  std::size_t begun_ = 0, ended_ = 0;
  std::size_t ahead_ = 0;  // batches: as many as a shard has
};

}  // namespace sonant
