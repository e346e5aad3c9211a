#include <sonant/train/protocol.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <utility>

#include <sonant/core/rows.h>
#include <sonant/core/usage.h>
#include <sonant/train/protocols/rows.h>

namespace sonant {
namespace {

constexpr const char* kAt = "protocol";

Rows<Protocol>& rows() {
  static Rows<Protocol> rows(
      "a protocol", {usual(), speaker_folds(), rest_trains(), screening(), leave_one_speaker_out(),
                     session_out(), column_fold(), column_split(), random_folds(),
                     krasnoproshin2026(), krasnoproshin2026_test_chooses(),
                     krasnoproshin2026_test_chooses_rest_trains(), aftab2022(), tao2018()});
  return rows;
}

// Of former_protocols.
constexpr std::array<std::string_view, 4> kNamesNow{"usual", "krasnoproshin2026",
                                                    "krasnoproshin2026-test-chooses",
                                                    "krasnoproshin2026-test-chooses-rest-trains"};

bool has_column(const Corpus& corpus, std::string_view column) {
  return std::ranges::any_of(corpus.clips,
                             [&](const Clip& clip) { return !clip.column(column).empty(); });
}

// No clip in two parts, nor, unless the protocol shares them, a speaker.
void check_parts(const Protocol& protocol, const Corpus& corpus, const Split& split) {
  std::map<int, std::string_view> part_of_clip, part_of_speaker;
  const auto claim = [&](const std::vector<int>& clips, std::string_view part) {
    check(!clips.empty(), "make_split", corpus.name, ", ", split.name, ": no clip to ", part);
    for (int i : clips) {
      const Clip& clip = corpus.clips.at(static_cast<std::size_t>(i));
      const std::string_view taken = part_of_clip.emplace(i, part).first->second;
      check(taken == part, "make_split", corpus.name, ", ", split.name, ": ", clip.path.native(),
            " is used to ", taken, " and to ", part);
      if (protocol.rules.voices == ProtocolRules::Voices::shared) continue;
      const bool as_train =
          protocol.rules.voices == ProtocolRules::Voices::test_apart && part == "choose";
      const std::string_view voices = as_train ? "train" : part;
      const std::string_view other = part_of_speaker.emplace(clip.speaker, voices).first->second;
      check(other == voices, "make_split", corpus.name, ", ", split.name, ": speaker ",
            clip.speaker_name, " is used to ", other, " and to ", part,
            "; expected each speaker in one part only");
    }
  };
  claim(split.train, "train");
  if (protocol.rules.chooser == Chooser::choose) claim(split.choose, "choose");
  claim(split.test, "test");
}

void check_classes(const Corpus& corpus, const Split& split) {
  const auto labels = [&](const std::vector<int>& clips) {
    std::set<int> found;
    for (int i : clips) found.insert(corpus.clips[static_cast<std::size_t>(i)].label);
    return found;
  };
  const std::set<int> trained = labels(split.train);
  for (const auto& [clips, part] : {std::pair{&split.choose, "choose"}, {&split.test, "test"}}) {
    for (const int label : labels(*clips))
      check(trained.contains(label), "make_split", corpus.name, ", ", split.name, ": the class \"",
            corpus.class_names.at(static_cast<std::size_t>(label)), "\" is there to ", part,
            ", but not to train; expected it there, too, or left out everywhere");
  }
  // Whatever names it always would be judged perfect.
  check(trained.size() != 1, "make_split", corpus.name, ": all ", split.train.size(),
        " sounds to train on are of one class, \"",
        corpus.class_names.at(static_cast<std::size_t>(*trained.begin())),
        "\"; expected at least two to tell apart");
}

Split checked(const Protocol& protocol, const Corpus& corpus, Split split) {
  check(protocol.rules.chooser != Chooser::test || split.chosen_by_test(), "make_split",
        corpus.name, ", ", split.name, ": ", protocol.name,
        " lets the test part choose; expected both parts to be the same");
  check(protocol.rules.chooser != Chooser::nobody || split.choose.empty(), "make_split",
        corpus.name, ", ", split.name, ": ", protocol.name,
        " lets nobody choose; expected no clip to choose");
  check_parts(protocol, corpus, split);
  check_classes(corpus, split);
  return split;
}

std::vector<Split> unchecked_splits(const Protocol& protocol, const Corpus& corpus,
                                    const ProtocolSettings& settings) {
  check_usage(settings.folds == 0 || protocol.takes_folds, "make_split", corpus.name, ": ",
              protocol.name, " has its own splits; expected no number of folds, got ",
              settings.folds);
  check_usage(settings.seed == ProtocolSettings{}.seed || protocol.takes_seed, "make_split",
              corpus.name, ": ", protocol.name, " deals nothing at random; expected no seed, got ",
              settings.seed);
  std::vector<Split> splits = protocol.splits(corpus, settings);
  check(!splits.empty(), "make_split", corpus.name, ": ", protocol.name, " makes no split of it");
  return splits;
}

}  // namespace

std::string_view protocol_name_now(std::string_view name) {
  for (std::size_t k = 0; k < kNamesNow.size(); ++k)
    if (former_protocols[k] == name) return kNamesNow[k];
  return name;
}

void register_protocol(Protocol protocol) {
  constexpr const char* op = "register_protocol";
  check_usage(!protocol.what.empty() && protocol.splits, op,
              "expects a row with what it does and splits, got \"", protocol.name,
              "\" with a part missing");
  check_usage(protocol_name_now(protocol.name) == protocol.name, op,
              "there is already a protocol named \"", protocol.name,
              "\" in older files: ", protocol_name_now(protocol.name));
  rows().add(std::move(protocol));
}

std::vector<const Protocol*> protocols() { return rows().all(); }
std::vector<std::string> known_protocols() { return rows().names(); }
const Protocol& find_protocol(std::string_view name) {
  return rows().find(protocol_name_now(name), kAt);
}

const Protocol* search_protocol(std::string_view name) {
  const std::vector<const Protocol*> all = rows().all();
  const auto found = std::ranges::find(all, protocol_name_now(name), &Protocol::name);
  return found == all.end() ? nullptr : *found;
}

const Protocol& usual_protocol(const Corpus& corpus) {
  for (const auto& [column, name] : {std::pair{"split", "column-split"}, {"fold", "column-fold"}})
    if (has_column(corpus, column)) return find_protocol(name);
  return find_protocol("speaker-folds");
}

std::vector<Split> usual_splits(const Corpus& corpus, const ProtocolSettings& settings) {
  return unchecked_splits(usual_protocol(corpus), corpus, settings);
}

const Protocol& protocol_for(const Corpus& corpus, std::string_view name) {
  const Protocol& protocol = find_protocol(name);
  return protocol.name == "usual" ? usual_protocol(corpus) : protocol;
}

std::vector<Split> make_splits(const Protocol& protocol, const Corpus& corpus,
                               const ProtocolSettings& settings) {
  std::vector<Split> splits = unchecked_splits(protocol, corpus, settings);
  for (Split& split : splits) split = checked(protocol, corpus, std::move(split));
  return splits;
}

Split make_split(const Protocol& protocol, const Corpus& corpus, const ProtocolSettings& settings,
                 int fold) {
  std::vector<Split> splits = unchecked_splits(protocol, corpus, settings);
  check_usage(fold >= 0 && fold < std::ssize(splits), "make_split", corpus.name,
              ": expects a fold in 0..", std::ssize(splits) - 1, ", got ", fold);
  return checked(protocol, corpus, std::move(splits[static_cast<std::size_t>(fold)]));
}

int split_count(const Protocol& protocol, const Corpus& corpus, const ProtocolSettings& settings) {
  return static_cast<int>(unchecked_splits(protocol, corpus, settings).size());
}

std::vector<std::string> speakers_of(const Corpus& corpus, std::span<const int> clips) {
  std::map<int, std::string> names;
  for (int i : clips) {
    const Clip& clip = corpus.clips.at(static_cast<std::size_t>(i));
    names.emplace(clip.speaker, clip.speaker_name);
  }
  std::vector<std::string> sorted;
  for (auto& [number, name] : names) sorted.push_back(std::move(name));
  return sorted;
}

}  // namespace sonant
