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
  static Rows<Protocol> rows("a protocol", {speaker_folds(), leave_one_speaker_out(), session_out(),
                                            column_fold(), column_split(), random_folds(),
                                            krasnoproshin2026(), krasnoproshin2026_test_chooses(),
                                            krasnoproshin2026_test_chooses_rest_trains()});
  return rows;
}

struct Alias {
  std::string_view old, now;
};
constexpr std::array<Alias, 4> kAliases{
    {{"strict", "speaker-folds"},
     {"paper", "krasnoproshin2026"},
     {"oracle", "krasnoproshin2026-test-chooses"},
     {"no-validation", "krasnoproshin2026-test-chooses-rest-trains"}}};

std::string_view name_now(std::string_view name) {
  for (const Alias& alias : kAliases)
    if (alias.old == name) return alias.now;
  return name;
}

// No clip in two parts, nor, unless the protocol leaks, a speaker.
void check_parts(const Protocol& protocol, const Corpus& corpus, const Split& split) {
  std::map<int, std::string_view> part_of_clip, part_of_speaker;
  const auto claim = [&](const std::vector<int>& clips, std::string_view part) {
    check(!clips.empty(), "make_split", corpus.name, ", ", split.name, ": no clip to ", part);
    for (int i : clips) {
      const Clip& clip = corpus.clips.at(static_cast<std::size_t>(i));
      const std::string_view taken = part_of_clip.emplace(i, part).first->second;
      check(taken == part, "make_split", corpus.name, ", ", split.name, ": ", clip.path.native(),
            " is used to ", taken, " and to ", part);
      if (!protocol.leaks.empty()) continue;
      const std::string_view other = part_of_speaker.emplace(clip.speaker, part).first->second;
      check(other == part, "make_split", corpus.name, ", ", split.name, ": speaker ",
            clip.speaker_name, " is used to ", other, " and to ", part,
            "; expected each speaker in one part only");
    }
  };
  claim(split.train, "train");
  if (protocol.rules.chooser == ProtocolRules::Chooser::choose) claim(split.choose, "choose");
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
}

}  // namespace

void register_protocol(Protocol protocol) {
  constexpr const char* op = "register_protocol";
  check_usage(!protocol.what.empty() && protocol.splits, op,
              "expects a row with what it does and splits, got \"", protocol.name,
              "\" with a part missing");
  check_usage(name_now(protocol.name) == protocol.name, op, "there is already a protocol named \"",
              protocol.name, "\" in older files: ", name_now(protocol.name));
  rows().add(std::move(protocol));
}

std::vector<const Protocol*> protocols() { return rows().all(); }
const Protocol& find_protocol(std::string_view name) { return rows().find(name_now(name), kAt); }

const Protocol& usual_protocol(const Corpus& corpus) {
  const bool split = std::ranges::any_of(
      corpus.clips, [](const Clip& clip) { return !clip.column("split").empty(); });
  return find_protocol(split ? "column-split" : "speaker-folds");
}

Split checked_split(const Protocol& protocol, const Corpus& corpus, Split split) {
  const bool by_test = protocol.rules.chooser == ProtocolRules::Chooser::test;
  check(!by_test || split.chosen_by_test(), "make_split", corpus.name, ", ", split.name, ": ",
        protocol.name, " lets the test part choose; expected both parts to be the same");
  check_parts(protocol, corpus, split);
  check_classes(corpus, split);
  if (split.note.empty()) split.note = protocol.leaks;
  return split;
}

std::vector<Split> make_splits(const Protocol& protocol, const Corpus& corpus,
                               const ProtocolSettings& settings) {
  std::vector<Split> splits = protocol.splits(corpus, settings);
  check(!splits.empty(), "make_split", corpus.name, ": ", protocol.name, " makes no split of it");
  for (Split& split : splits) split = checked_split(protocol, corpus, std::move(split));
  return splits;
}

}  // namespace sonant
