#include <cstdio>

#include <sonant/core/random.h>
#include <sonant/train/experiment/comparison.h>

using namespace sonant;

namespace {

// Four speakers with four utterances of each of two classes; `right` of them named rightly.
Judgements system(const std::vector<std::vector<int>>& right) {
  Judgements j{"example", "strict", "4 folds by speaker", {"calm", "angry"}, {}, {1}, {}};
  for (const auto& of_speaker : right) {
    j.speakers.push_back(std::string(1, static_cast<char>('A' + j.speakers.size())));
    ConfusionMatrix counts(2);
    for (int c : {0, 1}) {
      counts.add(c, c, of_speaker[static_cast<std::size_t>(c)]);
      counts.add(c, 1 - c, 4 - of_speaker[static_cast<std::size_t>(c)]);
    }
    j.counts.push_back(counts);
  }
  return j;
}

// How often the interval of a mean holds the truth, in worlds where speakers' skills are uniform.
double coverage(int speakers) {
  constexpr std::uint64_t worlds = 2000;
  int held = 0;
  for (std::uint64_t w = 0; w < worlds; ++w) {
    std::vector<double> skill(static_cast<std::size_t>(speakers));
    Random(7, w).fill_uniform(std::span(skill), 0.0, 1.0);
    const auto mean = [&](std::span<const int> weights) {
      double sum = 0;
      for (std::size_t k = 0; k < skill.size(); ++k) sum += weights[k] * skill[k] / speakers;
      return sum;
    };
    const Interval i = bootstrap(speakers, mean, {.resamples = 999, .seed = w});
    held += i.low <= 0.5 && 0.5 <= i.high;
  }
  return held / static_cast<double>(worlds);
}

}  // namespace

int main() {
  // [compare]
  const Judgements base = system({{2, 1}, {3, 2}, {1, 3}, {2, 2}});
  const Judgements ours = system({{3, 3}, {3, 4}, {2, 4}, {1, 2}});
  const Interval uar = interval_of(ours, Measure::uar);
  const Comparison c = compare(ours, base);
  // [/compare]
  std::printf("UAR %.4f, %.4f to %.4f\n", uar.estimate, uar.low, uar.high);
  std::printf("difference %+.4f, %+.4f to %+.4f\n", c.difference.estimate, c.difference.low,
              c.difference.high);
  std::printf("contributions");
  for (double d : speaker_contributions(ours, base)) std::printf(" %+.5f", d);
  std::printf("\np %.4f: %s\n", c.test.p, method(c.test).c_str());
  std::printf("Holm:");
  for (double p : holm(std::vector{0.04, 0.01, 0.03})) std::printf(" %.2f", p);
  std::printf("\ncoverage of 95 %% intervals:");
  for (int speakers : {4, 6, 10, 24, 91}) std::printf(" %d: %.2f", speakers, coverage(speakers));
  std::printf("\n");
}
