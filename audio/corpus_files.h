// What the corpus readers share: the sound files of a folder, and cheap reasons to refuse one.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include <sonant/audio/corpus.h>

namespace sonant::corpus_files {

// The files ending in .wav or .flac anywhere below a folder.
struct Listing {
  std::vector<std::filesystem::path> files;  // by file name, then path
  // Those that nobody meant to be in a corpus: hidden files (._a.wav), and all in hidden folders
  // and in those that systems and sync programs make (.Trash-1000, __MACOSX, $RECYCLE.BIN).
  std::vector<std::filesystem::path> passed_over;
};
// Error if `dir` is not a folder. What `dir` itself is called does not count.
Listing list(const std::filesystem::path& dir);
// "12 sound files that are hidden or in a system's folder, as d/.Trash-1000/a.wav"; "" for none.
std::string passed_over(const Listing& found);

// The order of every corpus: by file name, then by path.
bool comes_before(const std::filesystem::path& a, const std::filesystem::path& b);

// "" if `path` may well be a sound file; else a clause: "is empty", "is a git-lfs pointer ...".
std::string fault(const std::filesystem::path& path);

enum class Verdict { clip, left_out, bad };

// Reads one file name: fills `clip`, or says in `reason` why it cannot.
using ReadName = std::function<Verdict(const std::string& stem, Clip& clip, std::string& reason)>;

// The same of the path below the corpus' folder, where folders say something, too. `id` is the stem
// until it is set to what tells one clip from another.
using ReadPath = std::function<Verdict(const std::filesystem::path& file, Clip& clip,
                                       std::string& id, std::string& reason)>;

// How many of the sounds below `at` it would read: what CorpusReader::detects is made of.
std::size_t known(const ReadPath& read_path, const std::filesystem::path& at,
                  const std::vector<std::filesystem::path>& sounds);
// The same of names alone: `parse` says what is wrong with a stem, or "".
using ParseName = std::function<std::string(const std::string& stem, Clip& clip)>;
std::size_t known(const ParseName& parse, const std::filesystem::path& at,
                  const std::vector<std::filesystem::path>& sounds);

// Every sound file below `dir` becomes a clip, a bad file, or is counted as left out.
// Of several good files with the same stem (or id) the first is the clip, the others are bad.
void sort_out(const std::filesystem::path& dir, const ReadName& read_name, Corpus& corpus);
void sort_out(const std::filesystem::path& dir, const ReadPath& read_path, Corpus& corpus);

}  // namespace sonant::corpus_files
