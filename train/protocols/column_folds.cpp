#include <algorithm>
#include <numeric>
#include <string>

#include <sonant/audio/corpora/target.h>
#include <sonant/core/error.h>
#include <sonant/core/numbers.h>
#include <sonant/train/protocols/rows.h>

namespace sonant {
namespace {

// Indices of the words, "2" before "10" if all are numbers.
std::vector<int> in_order(const std::vector<std::string>& words) {
  std::vector<int> order(words.size());
  std::iota(order.begin(), order.end(), 0);
  std::vector<long long> numbers;
  for (const std::string& word : words) {
    const auto number = parse_number<long long>(word);
    if (!number) return order;
    numbers.push_back(*number);
  }
  std::ranges::stable_sort(order, {}, [&](int i) { return numbers[static_cast<std::size_t>(i)]; });
  return order;
}

std::vector<Split> as_the_column_says(const Corpus& corpus, const ProtocolSettings&) {
  const std::vector<std::string> known = columns_of(corpus);
  if (std::ranges::count(known, "split") == 0) target(corpus, "split");  // says what there is
  Split split{.name = "split column", .train = {}, .choose = {}, .test = {}};
  for (std::size_t i = 0; i < corpus.clips.size(); ++i) {
    const Clip& clip = corpus.clips[i];
    const std::string& word = clip.column("split");
    const bool choose = word == "choose" || word == "validation" || word == "val" || word == "dev";
    check(choose || word == "train" || word == "test", "make_split", corpus.name, ": ",
          clip.path.native(),
          ": expects split train, choose (validation, val, dev) or test, got \"", word, "\"");
    auto& part = choose ? split.choose : word == "test" ? split.test : split.train;
    part.push_back(static_cast<int>(i));
  }
  return {split};
}

Protocol by_column(const char* name, const char* column, const char* what) {
  const auto splits = [column = std::string(column)](const Corpus& corpus,
                                                     const ProtocolSettings&) {
    return leave_one_out(corpus, column);
  };
  return {.name = name, .what = what, .leaks = "", .rules = {}, .splits = splits};
}

}  // namespace

std::vector<Split> leave_one_out(const Corpus& corpus, const std::string& column) {
  const Target values = target(corpus, column);
  const std::vector<int> order = in_order(values.class_names);
  check(order.size() >= 3, "make_split", corpus.name, ": expects at least 3 values of ", column,
        " (to train, choose and test), got ", order.size());
  std::vector<Split> splits;
  for (std::size_t k = 0; k < order.size(); ++k) {
    const int test = order[k], choose = order[(k + 1) % order.size()];
    splits.push_back(split_by_value(values.labels, {test}, {choose}));
    splits.back().name = column + " " + values.class_names[static_cast<std::size_t>(test)] +
                         " out, chosen by " + values.class_names[static_cast<std::size_t>(choose)];
  }
  return splits;
}

Protocol leave_one_speaker_out() {
  return by_column("leave-one-speaker-out", "speaker",
                   "each speaker is tested on once, the next one chooses the epoch");
}

Protocol session_out() {
  return by_column("session-out", "session",
                   "each session is tested on once, the next one chooses the epoch");
}

Protocol column_fold() {
  return by_column("column-fold", "fold",
                   "each value of the column fold is tested on once, the next one chooses");
}

Protocol column_split() {
  return {.name = "column-split",
          .what = "one split: the parts that the column split names",
          .leaks = "",
          .rules = {},
          .splits = as_the_column_says};
}

}  // namespace sonant
