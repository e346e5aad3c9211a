// What the corpus readers share: the sound files of a folder, and cheap reasons to refuse one.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include <sonant/audio/corpus.h>

namespace sonant::corpus_files {

// Regular files ending in .wav or .flac anywhere below `dir`, by file name, then path.
// Error if `dir` is not a folder.
std::vector<std::filesystem::path> list(const std::filesystem::path& dir);

// The order of every corpus: by file name, then by path.
bool comes_before(const std::filesystem::path& a, const std::filesystem::path& b);

// "" if `path` may well be a sound file; else a clause: "is empty", "is a git-lfs pointer ...".
std::string fault(const std::filesystem::path& path);

enum class Verdict { clip, left_out, bad };

// Reads one file name: fills `clip`, or says in `reason` why it cannot.
using ReadName = std::function<Verdict(const std::string& stem, Clip& clip, std::string& reason)>;

// Every sound file below `dir` becomes a clip, a bad file, or is counted as left out.
// Of several good files with the same stem the first is the clip, the others are bad.
void sort_out(const std::filesystem::path& dir, const ReadName& read_name, Corpus& corpus);

}  // namespace sonant::corpus_files
