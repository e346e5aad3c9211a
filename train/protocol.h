// How a system is judged: the splits of a corpus, and what may be known of whom. A row for each
// way, and a program can add its own: docs/protocols.md, docs/contributing.md.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <sonant/nn/models/model.h>
#include <sonant/train/folds.h>

namespace sonant {

struct ProtocolSettings {
  int folds = 0;           // 0: 5, or one for each speaker where they are fewer
  std::uint64_t seed = 1;  // of what is dealt at random
};

struct ProtocolRules {
  enum class Statistics { train, all };
  enum class Chooser { choose, test };
  Statistics statistics = Statistics::train;  // whose mean and deviation features are brought to
  Padding padding = Padding::masked;          // Padding::paper: as published
  Chooser chooser = Chooser::choose;          // whose UAR picks the epoch; test: choose is test
};

struct Protocol {
  std::string name;   // by what it does, or by its publication
  std::string what;   // that, in one sentence
  std::string leaks;  // "" or, in one sentence, what is learnt of those who judge
  ProtocolRules rules;
  std::function<std::vector<Split>(const Corpus&, const ProtocolSettings&)> splits;
};

// UsageError if there is one of that name, or if a part of the row is missing.
void register_protocol(Protocol protocol);
std::vector<const Protocol*> protocols();

// By its name, or the one that files of version 0.1 know it by: strict, paper, oracle,
// no-validation. UsageError, with the names that there are, for another.
const Protocol& find_protocol(std::string_view name);

// What a corpus is judged by if nobody says how: its column `split`, or else folds by speaker.
const Protocol& usual_protocol(const Corpus& corpus);

// The split, with the protocol's leak as its note. Error if a part is empty, if a clip is in two
// parts or, unless the protocol leaks, a speaker, or if a class is judged or chosen by that is
// never trained on. Where the rules say that the test part chooses, and only there, it is both.
Split checked_split(const Protocol& protocol, const Corpus& corpus, Split split);

// All splits of a corpus, checked.
std::vector<Split> make_splits(const Protocol& protocol, const Corpus& corpus,
                               const ProtocolSettings& settings = {});

}  // namespace sonant
