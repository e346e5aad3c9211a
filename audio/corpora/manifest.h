// A list of sounds of one's own.
#pragma once

#include <filesystem>

#include <sonant/audio/corpora/reader.h>

namespace sonant {

// A CSV file (csv.h) whose first line names its columns: path, label (or emotion), speaker, and any
// others, all of which become columns of the clips; gender is f or m. Case of the names and blanks
// round any text do not count; a column without a name is ignored, with a note. Relative paths
// start at its folder; a byte of a file name that is not UTF-8 is written \xNN, as messages and
// results write it. Labels or speakers that differ only in case, accents or blanks are noted.
// Classes are the labels in sorted order. A malformed line is an error that names the line; a sound
// file that is missing or empty is bad.
Corpus read_manifest(const std::filesystem::path& csv);

CorpusReader manifest_reader();

}  // namespace sonant
