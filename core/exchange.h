// A batch may be computed in shards, each on a tape of its own: docs/ranks.md. What looks at the
// whole batch, as batch norm does, meets the other shards here.
#pragma once

#include <span>

namespace sonant {

class Exchange {
 public:
  virtual ~Exchange() = default;
  virtual int shard() const = 0;   // whose this is, below
  virtual int shards() const = 0;  // S

  // What every shard has, in the order of the shards: `all` holds S times as many numbers as
  // `mine`. All shards call it equally often and with as many numbers; it returns when all have.
  virtual void gather(std::span<const double> mine, std::span<double> all) = 0;
};

}  // namespace sonant
