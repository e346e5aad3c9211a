#include <sonant/audio/corpora/reader.h>

#include <algorithm>
#include <system_error>

#include <sonant/audio/corpora/casia.h>
#include <sonant/audio/corpora/crema_d.h>
#include <sonant/audio/corpora/emodb.h>
#include <sonant/audio/corpora/iemocap.h>
#include <sonant/audio/corpora/manifest.h>
#include <sonant/audio/corpora/ravdess.h>
#include <sonant/audio/corpora/savee.h>
#include <sonant/audio/corpora/synthetic.h>
#include <sonant/audio/corpora/tess.h>
#include <sonant/audio/corpus_files.h>
#include <sonant/core/rows.h>
#include <sonant/core/usage.h>

namespace sonant {
namespace fs = std::filesystem;
namespace {

Rows<CorpusReader>& rows() {
  static Rows<CorpusReader> rows("a corpus", {synthetic_reader(), ravdess_reader(), emodb_reader(),
                                              crema_d_reader(), savee_reader(), tess_reader(),
                                              casia_reader(), iemocap_reader(), manifest_reader()});
  return rows;
}

// What can be read, as a list in a sentence.
std::string all_expected() {
  std::string text;
  for (const CorpusReader* row : corpus_readers()) {
    if (!row->expects.empty()) text += (text.empty() ? "" : " or ") + row->expects;
  }
  return text;
}

}  // namespace

void register_corpus(CorpusReader reader) {
  check_usage(reader.detects && reader.reads, "register_corpus",
              "expects a row with detects and reads, got \"", reader.name,
              "\" with a part missing");
  rows().add_first(std::move(reader));
}

std::vector<const CorpusReader*> corpus_readers() { return rows().all(); }

const CorpusReader& reader_of(const fs::path& path) {
  std::error_code ignored;
  const bool folder = fs::is_directory(path, ignored);
  corpus_files::Listing found;
  if (folder) found = corpus_files::list(path);
  const CorpusReader* best = nullptr;
  std::size_t most = 0;
  for (const CorpusReader* row : corpus_readers()) {
    const std::size_t known = row->detects(path, found.files);
    if (known > most) best = row;
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
