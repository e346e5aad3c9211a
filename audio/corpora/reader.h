// The corpora that are known, a row each, and how a program adds one of its own.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include <sonant/audio/corpus.h>

namespace sonant {

// docs/contributing.md, "Add a corpus", has the steps.
struct CorpusReader {
  std::string name;     // "EMO-DB"
  std::string expects;  // "EMO-DB's 03a01Fa.wav": what to offer where nothing is known
  // How many sounds it would read: of `sounds`, which are all below the folder `at`, or, with
  // `at` a file, 1 for a list that is its own. The reader with most reads; of equals the first.
  std::function<std::size_t(const std::filesystem::path& at,
                            const std::vector<std::filesystem::path>& sounds)>
      detects;
  // Fills clips with their columns and speakers' names; open_corpus() numbers them.
  std::function<Corpus(const std::filesystem::path& at)> reads;
  std::string license = {};  // of the sounds, as "CC BY-NC-SA 4.0"; "" where it is not known
  std::string source = {};   // who made it: "Burkhardt et al. 2005"
};

// Own readers are asked before ours, the last one first. UsageError if there is one of that name,
// or if a part of the row is missing.
void register_corpus(CorpusReader reader);
std::vector<const CorpusReader*> corpus_readers();  // in the order in which they are asked

// The one that knows most of what is at `path`; Error if none knows any.
const CorpusReader& reader_of(const std::filesystem::path& path);

}  // namespace sonant
