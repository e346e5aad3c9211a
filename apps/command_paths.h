// The paths that the options of a command name, compared before it works: parse() does that for
// every command. What is not just the path itself is told by Option::naming().
#pragma once

#include <sonant/audio/corpus.h>
#include <sonant/core/paths.h>

#include <vector>

#include "command_line.h"

namespace sonant::apps {

// UsageError if two of them clash: core/paths.h.
void compare_paths(const Command& command);
// The same with the sounds of a corpus, which a manifest may take from anywhere.
void compare_paths(const Command& command, const Corpus& corpus);

// A study's file, and what SQLite puts beside it.
std::vector<NamedPath> study_files(const NamedPath& study);
// The folder of sonant cv, and the files in it that are not to be lost.
std::vector<NamedPath> experiment_files(const NamedPath& folder);
// What sonant report and sonant table read: such a folder, a file, or a study as FILE#NAME.
std::vector<NamedPath> run_files(const NamedPath& run);

}  // namespace sonant::apps
