#include <sonant/audio/corpora/label_map.h>

#include <algorithm>

#include <sonant/core/numbers.h>
#include <sonant/core/text.h>
#include <sonant/core/usage.h>

namespace sonant {
namespace {

constexpr const char* kAt = "labels";

int index_of(std::span<const std::string> words, const std::string& word) {
  const auto found = std::ranges::find(words, word);
  return found == words.end() ? -1 : static_cast<int>(found - words.begin());
}

// New index by old one; -1 for classes that are left out.
std::vector<int> new_labels(const Corpus& corpus, const LabelMap& map,
                            std::span<const std::string> classes) {
  std::vector<int> labels(corpus.class_names.size(), -1);
  for (const auto& [from, to] : map) {
    const int old = index_of(corpus.class_names, from);
    check_usage(old >= 0, kAt, corpus.name, ": has no class \"", from, "\"; expected one of ",
                joined(corpus.class_names));
    const int at = index_of(classes, to);
    check_usage(at >= 0, kAt, "\"", from, "\" cannot become \"", to, "\"; expected one of ",
                joined(classes));
    labels[static_cast<std::size_t>(old)] = at;
  }
  return labels;
}

}  // namespace

LabelMap parse_label_map(std::string_view text) {
  LabelMap map;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    const std::string_view part = text.substr(begin, end - begin);
    const std::size_t equals = part.find('=');
    const std::string from(trimmed(part.substr(0, equals)));
    const std::string to(equals == part.npos ? from : trimmed(part.substr(equals + 1)));
    check_usage(!from.empty() && !to.empty(), kAt,
                "expects CLASS=NEW,... with a name on either side, got \"", text, "\"");
    for (const auto& [other, name] : map)
      check_usage(other != from, kAt, "\"", from, "\" is there twice in \"", text, "\"");
    map.emplace_back(from, to);
    begin = end + 1;
  }
  return map;
}

Corpus relabel(Corpus corpus, const LabelMap& map, std::span<const std::string> classes) {
  std::vector<std::string> names(classes.begin(), classes.end());
  if (names.empty()) {
    for (const auto& [from, to] : map)
      if (index_of(names, to) < 0) names.push_back(to);
  }
  const std::vector<int> labels = new_labels(corpus, map, names);
  std::vector<std::int64_t> left_out(labels.size());
  std::vector<Clip> kept;
  for (Clip& clip : corpus.clips) {
    const auto old = static_cast<std::size_t>(clip.label);
    if (labels[old] < 0) {
      ++left_out[old];
      continue;
    }
    clip.label = labels[old];
    clip.columns[corpus.target] = names[static_cast<std::size_t>(clip.label)];
    kept.push_back(std::move(clip));
  }
  std::string counts;
  for (std::size_t c = 0; c < left_out.size(); ++c) {
    if (left_out[c] > 0)
      counts +=
          (counts.empty() ? "" : ", ") + corpus.class_names[c] + " " + std::to_string(left_out[c]);
  }
  check(!kept.empty(), kAt, corpus.name, ": no clip is of one of the classes that are left");
  if (!counts.empty())
    corpus.notes.push_back(corpus.name + ": " +
                           count_of(std::ssize(corpus.clips) - std::ssize(kept), "clip") +
                           " of other classes left out: " + counts);
  corpus.clips = std::move(kept);
  corpus.class_names = std::move(names);
  return corpus;
}

Corpus with_labels(Corpus corpus, std::string_view text, AbsentClass absent) {
  const std::string name(trimmed(text));
  if (name.empty()) return corpus;
  const auto found = std::ranges::find(corpus.label_sets, name, &LabelSet::name);
  const bool is_set = found != corpus.label_sets.end();
  const LabelSet set = is_set ? *found : LabelSet{name, name};
  LabelMap map = parse_label_map(set.labels);
  if (!is_set && map.size() == 1 && !corpus.label_sets.empty())
    check_usage(index_of(corpus.class_names, map.front().first) >= 0, kAt, corpus.name,
                ": has no class and no label set \"", name, "\"; its label sets are ",
                joined(corpus.label_sets, ", ", &LabelSet::name), ", its classes ",
                joined(corpus.class_names));
  if (is_set || absent == AbsentClass::left_out)
    std::erase_if(map, [&](const auto& pair) {
      const bool is_absent = index_of(corpus.class_names, pair.first) < 0;
      if (is_absent) corpus.notes.push_back(corpus.name + ": no clip of the class " + pair.first);
      return is_absent;
    });
  check(!map.empty(), kAt, corpus.name, ": has none of the classes of \"", name, "\"");
  const auto& [column, value] = set.only;
  if (!column.empty()) {
    const auto all = std::ssize(corpus.clips);
    std::erase_if(corpus.clips, [&](const Clip& c) { return c.column(column) != value; });
    check(!corpus.clips.empty(), kAt, corpus.name, ": no clip has ", column, " ", value);
    corpus.notes.push_back(corpus.name + ": " + count_of(all - std::ssize(corpus.clips), "clip") +
                           " left out that have another " + column + " than " + value);
  }
  corpus = relabel(std::move(corpus), map);
  check(corpus.class_names.size() > 1, kAt, corpus.name, ": only the class ",
        corpus.class_names.front(), " is left of \"", name, "\"; expected at least two");
  if (is_set)
    corpus.notes.push_back(
        corpus.name + ": " + name + ", " + count_of(std::ssize(corpus.clips), "clip") +
        (corpus.clips.size() == set.clips
             ? ", as published"
             : "; the whole corpus has " + with_thousands(static_cast<std::int64_t>(set.clips))));
  return corpus;
}

}  // namespace sonant
