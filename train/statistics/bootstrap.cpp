#include <sonant/train/statistics/bootstrap.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include <sonant/core/numbers.h>
#include <sonant/core/parallel.h>
#include <sonant/core/random.h>
#include <sonant/core/usage.h>

namespace sonant {
namespace {

constexpr const char* kAt = "bootstrap";

double finite(double value) {
  check(std::isfinite(value), kAt, "expects a finite statistic, got ", value);
  return value;
}

// How often each speaker is drawn in resample r: element r * n + i of the stream is draw i.
void draw(const Random& random, int r, std::span<std::uint32_t> bits, std::span<int> weights) {
  const std::uint64_t n = weights.size();
  random.fill_bits(bits, static_cast<std::uint64_t>(r) * n);
  std::fill(weights.begin(), weights.end(), 0);
  for (std::uint32_t b : bits) ++weights[static_cast<std::size_t>(b * n >> 32)];
}

}  // namespace

Interval bootstrap(int speakers, const std::function<double(std::span<const int>)>& statistic,
                   const BootstrapOptions& options) {
  check_usage(speakers >= 1, kAt, "expects at least 1 speaker, got ", speakers);
  check_usage(options.level > 0 && options.level < 1, kAt, "expects a level in (0, 1), got ",
              options.level);
  const double tail = (1 - options.level) / 2;
  // The rank of the lower end, from 1. What (1 - level) / 2 was rounded by must not matter.
  const int rank = static_cast<int>(std::floor((options.resamples + 1) * tail + 1e-9));
  check_usage(rank >= 1, kAt, "expects at least ", std::ceil(1 / tail) - 1,
              " resamples for the level ", options.level, ", got ", options.resamples);
  const auto n = static_cast<std::size_t>(speakers);
  Interval interval;
  interval.estimate = finite(statistic(std::vector<int>(n, 1)));
  interval.level = options.level;
  interval.speakers = speakers;
  interval.resamples = options.resamples;
  if (!interval.known()) return interval;
  std::vector<double> values(static_cast<std::size_t>(options.resamples));
  const Random random(options.seed);
  constexpr int shards = 16;
  parallel_shards(shards, [&](int shard) {
    const Range part = shard_range(options.resamples, shards, shard);
    std::vector<std::uint32_t> bits(n);
    std::vector<int> weights(n);
    for (std::int64_t r = part.begin; r < part.end; ++r) {
      draw(random, static_cast<int>(r), bits, weights);
      values[static_cast<std::size_t>(r)] = finite(statistic(weights));
    }
  });
  std::sort(values.begin(), values.end());
  interval.low = values[static_cast<std::size_t>(rank - 1)];
  interval.high = values[values.size() - static_cast<std::size_t>(rank)];
  return interval;
}

std::string method(const Interval& interval) {
  return message_of(100 * interval.level, " % interval by percentile bootstrap, ",
                    with_thousands(interval.resamples), " resamples of ",
                    count_of(interval.speakers, "speaker"));
}

}  // namespace sonant
