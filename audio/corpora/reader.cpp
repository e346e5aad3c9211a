#include <sonant/audio/corpora/reader.h>

#include <algorithm>
#include <system_error>

#include <sonant/audio/corpora/emodb.h>
#include <sonant/audio/corpora/manifest.h>
#include <sonant/audio/corpora/ravdess.h>
#include <sonant/audio/corpus_files.h>
#include <sonant/core/usage.h>

namespace sonant {
namespace fs = std::filesystem;
namespace {

struct Readers {
  std::vector<CorpusReader> rows{synthetic_reader(), ravdess_reader(), emodb_reader(),
                                 manifest_reader()};
  std::ptrdiff_t own = 0;  // how many stand before ours
};

Readers& readers() {
  static Readers all;
  return all;
}

// What can be read, as a list in a sentence.
std::string all_expected() {
  std::string text;
  for (const CorpusReader& row : corpus_readers()) {
    if (!row.expects.empty()) text += (text.empty() ? "" : " or ") + row.expects;
  }
  return text;
}

}  // namespace

void register_corpus(CorpusReader reader) {
  constexpr const char* op = "register_corpus";
  check_usage(!reader.name.empty() && reader.detects && reader.reads, op,
              "expects a row with a name, detects and reads, got \"", reader.name,
              "\" with a part missing");
  for (const CorpusReader& row : corpus_readers())
    check_usage(row.name != reader.name, op, "there is a corpus ", row.name, " already");
  Readers& all = readers();
  all.rows.insert(all.rows.begin() + all.own++, std::move(reader));
}

const std::vector<CorpusReader>& corpus_readers() { return readers().rows; }

const CorpusReader& reader_of(const fs::path& path) {
  std::error_code ignored;
  const bool folder = fs::is_directory(path, ignored);
  corpus_files::Listing found;
  if (folder) found = corpus_files::list(path);
  const CorpusReader* best = nullptr;
  std::size_t most = 0;
  for (const CorpusReader& row : corpus_readers()) {
    const std::size_t known = row.detects(path, found.files);
    if (known > most) best = &row;
    most = std::max(most, known);
  }
  check(best != nullptr || folder, "corpus",
        "expects a folder of sound files or a .csv manifest, got the file ", path.string());
  const std::string over = corpus_files::passed_over(found);
  check(best != nullptr, "corpus", "found ", found.files.size(), " .wav or .flac files in ",
        path.string(), ", none with a name that is known", over.empty() ? "" : ", and passed over ",
        over, "; expected ", all_expected());
  return *best;
}

}  // namespace sonant
