// Other names for a corpus' classes, or fewer of them: so that a model of one corpus can be judged
// on another.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <sonant/audio/corpus.h>

namespace sonant {

// (class of the corpus, its new name), in order; several may get the same name.
using LabelMap = std::vector<std::pair<std::string, std::string>>;

// "anger=angry,happiness=happy,neutral": a name alone stays as it is. Blanks round a name do not
// count. UsageError for an empty name, or for a class that is there twice.
LabelMap parse_label_map(std::string_view text);

// The corpus with these classes alone, under their new names; clips of all others are left out, and
// counted in one line of its notes. class_names are `classes`, or, without any, the new names in
// the map's order. UsageError for a class that the corpus does not have or a new name that is none
// of `classes`, with those that there are; Error if no clip is left.
Corpus relabel(Corpus corpus, const LabelMap& map, std::span<const std::string> classes = {});

enum class AbsentClass { refused, left_out };  // a class that the map names, and the corpus lacks

// What --labels says: a label set of the corpus by its name, or a label map; "" leaves the corpus
// as it is. What a set has of its clips is noted, and which of its classes are absent. UsageError
// as above; Error if one class is left.
Corpus with_labels(Corpus corpus, std::string_view text, AbsentClass absent = AbsentClass::refused);

}  // namespace sonant
