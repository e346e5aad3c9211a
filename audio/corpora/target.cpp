#include <sonant/audio/corpora/target.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <set>

#include <sonant/core/numbers.h>
#include <sonant/core/text.h>
#include <sonant/core/usage.h>

namespace sonant {
namespace {

constexpr const char* kAt = "target";

std::optional<double> finite_number(const std::string& text) {
  const auto value = parse_number<double>(text);
  return value && std::isfinite(*value) ? value : std::nullopt;
}

// Labels made by hand stand in no column.
bool is_own_target(const Corpus& corpus, std::string_view column) {
  return column == corpus.target && !corpus.class_names.empty();
}

void check_complete(const Corpus& corpus, std::string_view column, Missing allowed) {
  const std::vector<std::string> known = columns_of(corpus);
  check_usage(std::ranges::count(known, column) == 1, kAt, corpus.name, ": has no column \"",
              column, "\"; expected one of ", joined(known));
  if (allowed == Missing::allowed) return;
  const auto missing = [&](const Clip& clip) { return clip.column(column).empty(); };
  const auto first = std::ranges::find_if(corpus.clips, missing);
  if (first == corpus.clips.end()) return;
  fail(kAt, corpus.name, ": ", std::ranges::count_if(corpus.clips, missing), " of ",
       corpus.clips.size(), " clips have no value of ", column, ", first ", first->path.native(),
       "; expected one for each clip");
}

std::string first_known(const Corpus& corpus, std::string_view column) {
  for (const Clip& clip : corpus.clips)
    if (!clip.column(column).empty()) return clip.column(column);
  return "";
}

void fill_classes(Target& t, const Corpus& corpus) {
  std::set<std::string> words;
  for (const Clip& clip : corpus.clips)
    if (!clip.column(t.name).empty()) words.insert(clip.column(t.name));
  t.class_names.assign(words.begin(), words.end());
  for (const Clip& clip : corpus.clips) {
    const std::string& word = clip.column(t.name);
    const auto at = std::ranges::lower_bound(t.class_names, word);
    t.labels.push_back(word.empty() ? -1 : static_cast<int>(at - t.class_names.begin()));
  }
}

void fill_numbers(Target& t, const Corpus& corpus) {
  for (const Clip& clip : corpus.clips) {
    const std::string& text = clip.column(t.name);
    const std::optional<double> value =
        text.empty() ? std::numeric_limits<double>::quiet_NaN() : finite_number(text);
    check(value.has_value(), kAt, corpus.name, ": ", clip.path.native(),
          ": expects a finite number as its ", t.name, ", got \"", text, "\"");
    t.numbers.push_back(*value);
  }
}

}  // namespace

std::size_t Target::missing() const {
  std::size_t count = 0;
  for (std::size_t i = 0; i < std::max(labels.size(), numbers.size()); ++i) count += !known(i);
  return count;
}

Target target(const Corpus& corpus, std::string_view column, TargetKind kind, Missing missing) {
  Target t{.name = std::string(column)};
  if (kind == TargetKind::classes && is_own_target(corpus, column)) {
    t.class_names = corpus.class_names;
    for (const Clip& clip : corpus.clips) t.labels.push_back(clip.label);
  } else {
    check_complete(corpus, column, missing);
    kind == TargetKind::classes ? fill_classes(t, corpus) : fill_numbers(t, corpus);
  }
  std::set<double> values(t.labels.begin(), t.labels.end());
  if (t.numbers.empty()) values.erase(-1);
  for (std::size_t i = 0; i < t.numbers.size(); ++i)
    if (t.known(i)) values.insert(t.numbers[i]);
  check(values.size() != 1, kAt, corpus.name, ": all ", corpus.clips.size() - t.missing(),
        " clips have the same ", column, ", \"",
        t.numbers.empty() ? t.class_names[static_cast<std::size_t>(*values.begin())]
                          : first_known(corpus, column),
        "\"; expected at least two values to tell apart");
  return t;
}

Target known_target(const Corpus& corpus, std::string_view column,
                    const std::vector<std::string>& class_names) {
  Target t{.name = std::string(column), .class_names = class_names};
  check_complete(corpus, column, Missing::allowed);
  if (class_names.empty()) {
    fill_numbers(t, corpus);
    return t;
  }
  for (const Clip& clip : corpus.clips) {
    const std::string& word = clip.column(column);
    const auto at = std::ranges::find(class_names, word);
    check(word.empty() || at != class_names.end(), kAt, corpus.name, ": ", clip.path.native(),
          ": its ", column, " is \"", word, "\"; expected one of the model's ",
          joined(class_names));
    t.labels.push_back(word.empty() ? -1 : static_cast<int>(at - class_names.begin()));
  }
  return t;
}

std::vector<std::string> columns_of(const Corpus& corpus) {
  std::set<std::string> names;
  if (!corpus.class_names.empty()) names.insert(corpus.target);
  for (const Clip& clip : corpus.clips) {
    if (!clip.speaker_name.empty()) names.insert("speaker");
    for (const auto& [name, value] : clip.columns) names.insert(name);
  }
  return {names.begin(), names.end()};
}

Corpus with_target(Corpus corpus, std::string_view column) {
  Target chosen = target(corpus, column);
  corpus.target = std::move(chosen.name);
  corpus.class_names = std::move(chosen.class_names);
  for (std::size_t i = 0; i < corpus.clips.size(); ++i) corpus.clips[i].label = chosen.labels[i];
  return corpus;
}

}  // namespace sonant
