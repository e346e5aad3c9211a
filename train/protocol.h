// How a system is judged: the splits of a corpus, and what may be known of whom. A row for each
// way, and a program can add its own: docs/protocols.md, docs/contributing.md.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <sonant/audio/corpus.h>
#include <sonant/nn/padding.h>

namespace sonant {

// Who trains, who chooses the best epoch and who judges it: indices into Corpus::clips, ascending.
struct Split {
  std::string name;  // "fold 0 (test actors 2 5 ...)", "fold 2 of 5 by speaker", "split column"
  std::vector<int> train, choose, test;
  std::string note = {};  // what a person should hear of it, besides what the protocol leaks

  bool chosen_by_test() const { return choose == test; }
};

struct ProtocolSettings {
  int folds = 0;           // 0: as the row says
  std::uint64_t seed = 1;  // of what is dealt at random
};

// The part, in the words of files; nobody: the last epoch is kept, and split.choose is empty.
enum class Chooser { choose, test, nobody };
constexpr std::array<std::string_view, 3> words_of(Chooser) { return {"choose", "test", "nobody"}; }

struct ProtocolRules {
  enum class Statistics { train, all };
  enum class Voices { apart, test_apart, shared };
  Statistics statistics = Statistics::train;  // whose mean and deviation features are brought to
  Padding padding = Padding::masked;          // Padding::paper: as published
  Chooser chooser = Chooser::choose;          // whose UAR picks the epoch; test: choose is test
  Chooser search = Chooser::choose;  // whose UAR a search for hyperparameters maximises; nobody:
                                     // there is none by this protocol
  // test_apart: a speaker may train and choose; shared: a speaker may be in any two parts.
  Voices voices = Voices::apart;
};

struct Protocol {
  std::string name;   // by what it does, or by its publication
  std::string what;   // that, in one sentence
  std::string leaks;  // "" or, in one sentence, what is learnt of those who judge
  ProtocolRules rules;
  std::function<std::vector<Split>(const Corpus&, const ProtocolSettings&)> splits;
  bool takes_folds = false;  // ProtocolSettings::folds means something to it
  bool takes_seed = false;   // ProtocolSettings::seed does
};

// UsageError if there is one of that name, or if a part of the row is missing.
void register_protocol(Protocol protocol);
std::vector<const Protocol*> protocols();
std::vector<std::string> known_protocols();  // their names

// By its name, or the one that files of version 0.1 know it by: strict, paper, oracle,
// no-validation. UsageError, with the names that there are, for another.
const Protocol& find_protocol(std::string_view name);
// The same; nullptr for another, as one of a program's own that wrote a file.
const Protocol* search_protocol(std::string_view name);
// Today's name of what version 0.1 called so, else the name itself.
std::string_view protocol_name_now(std::string_view name);
inline constexpr std::array<std::string_view, 4> former_protocols{"strict", "paper", "oracle",
                                                                  "no-validation"};

// What a corpus is judged by if nobody says how, which is named `usual`: its column `split`, or its
// column `fold`, or else folds by speaker.
const Protocol& usual_protocol(const Corpus& corpus);
// find_protocol(), with the corpus' own for `usual`.
const Protocol& protocol_for(const Corpus& corpus, std::string_view name);

// All splits of a corpus. Error if a part is empty, if a clip is in two parts or, unless the
// protocol's rules share them, a speaker, if a class is judged or chosen by that is never trained
// on, or if one class alone is trained on. Where the rules say that the test part chooses, and only
// there, it is both. UsageError for a number of folds or a seed that the protocol has no use for.
std::vector<Split> make_splits(const Protocol& protocol, const Corpus& corpus,
                               const ProtocolSettings& settings = {});
// One of them, and only that is checked. UsageError if there is no such fold.
Split make_split(const Protocol& protocol, const Corpus& corpus,
                 const ProtocolSettings& settings = {}, int fold = 0);
// How many there are.
int split_count(const Protocol& protocol, const Corpus& corpus,
                const ProtocolSettings& settings = {});

// Names of the speakers of some clips, in the order of their numbers, each once.
std::vector<std::string> speakers_of(const Corpus& corpus, std::span<const int> clips);

}  // namespace sonant
