#include <sonant/audio/corpora/manifest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <sonant/audio/corpus_files.h>
#include <sonant/audio/csv.h>
#include <sonant/core/error.h>
#include <sonant/core/file.h>
#include <sonant/core/text.h>

namespace sonant {
namespace fs = std::filesystem;
namespace {

// What a cell says; blanks around it are nobody's intention.
std::string cell(const CsvField& field) { return std::string(trimmed(field.text)); }

std::string place(const std::string& file, const CsvRow& row) {
  return file + " line " + std::to_string(row.line);
}

// What the columns would be is no guess: a comma is asked for where another separator stands.
void refuse_other_separator(const CsvRow& row, const std::string& file) {
  for (const CsvField& field : row.fields) {
    const std::size_t at = field.text.find_first_of(";\t|");
    if (at == std::string::npos) continue;
    const char separator = field.text[at];
    fail("corpus", place(file, row), ", column ", field.column + columns(field.text.substr(0, at)),
         ": columns are separated by ", separator == '\t' ? "tabs" : std::string(1, separator),
         "; expected commas (a spreadsheet saves them as \"CSV, comma separated\")");
  }
}

// What corpora say of an utterance.
const std::set<std::string> kUsual{"path",   "label",     "emotion",    "speaker",
                                   "gender", "intensity", "session",    "text",
                                   "split",  "statement", "repetition", "fold"};

// Where each column stands in a row.
struct Columns {
  int path = -1, label = -1, speaker = -1;  // -1: there is no such column
  std::map<std::string, int> all;           // by name, in small letters; those three, too
};

Columns find_columns(const CsvRow& header, const std::string& file, Corpus& corpus) {
  Columns c;
  std::string got, nameless;
  for (std::size_t k = 0; k < header.fields.size(); ++k) {
    const std::string name = small_letters(cell(header.fields[k]));
    got += (k == 0 ? "" : ",") + cell(header.fields[k]);
    if (name.empty()) {
      nameless += (nameless.empty() ? "" : ", ") + std::to_string(k + 1);
      continue;
    }
    check(c.all.emplace(name, static_cast<int>(k)).second, "corpus", place(file, header),
          ": the column ", name, " is there twice");
  }
  const auto find = [&](const char* name) {
    const auto column = c.all.find(name);
    return column == c.all.end() ? -1 : column->second;
  };
  c.path = find("path");
  corpus.target = find("label") >= 0 ? "label" : "emotion";
  c.label = find(corpus.target.c_str());
  c.speaker = find("speaker");
  if (c.path < 0 || c.label < 0 || c.speaker < 0) {
    refuse_other_separator(header, file);
    fail("corpus", place(file, header),
         ": expects the header path,label,speaker and any other columns, got ", got);
  }
  for (const CsvField& field : header.fields) {
    const std::string name = small_letters(cell(field));
    if (!name.empty() && !kUsual.contains(name)) corpus.unusual.push_back(name);
  }
  if (!nameless.empty())
    corpus.notes.push_back(file + ": columns ignored: number " + nameless + ", without a name");
  return c;
}

std::string read_gender(const std::string& text, const std::string& where) {
  const std::string word = small_letters(text);
  if (word.empty() || word == "?") return "";
  if (word == "f" || word == "female") return "f";
  if (word == "m" || word == "male") return "m";
  fail("corpus", where, ": expects gender f, m or nothing, got ", text);
}

// Two of these may be one, spelt in two ways: nobody else would notice.
void note_look_alikes(const char* what, const std::set<std::string>& names, Corpus& corpus) {
  std::map<std::string, std::vector<std::string>> alike;
  for (const std::string& name : names) alike[skeleton(name)].push_back(name);
  for (const auto& [rest, spellings] : alike) {
    if (spellings.size() < 2) continue;
    std::string list;
    for (const std::string& name : spellings) list += (list.empty() ? "\"" : ", \"") + name + '"';
    corpus.notes.push_back(corpus.name + ": " + what + " that differ only in case, accents or " +
                           "blanks, and count as " + std::to_string(spellings.size()) + ": " +
                           list);
  }
}

struct Entry {
  Clip clip;
  std::string reason;  // why the clip is bad, or ""
};

// As it is written, if there is such a file. A name may be surrounded by blanks, and bytes of it
// that are not UTF-8 are given as in our messages.
fs::path sound_path(const fs::path& folder, const std::string& text) {
  const std::string bare(trimmed(text));
  for (const std::string& name : {text, bare, unescaped(text), unescaped(bare)}) {
    std::error_code ignored;
    const fs::path path = (folder / name).lexically_normal();
    if (name.find('\0') == name.npos && fs::exists(path, ignored)) return path;
  }
  return (folder / bare).lexically_normal();
}

Entry read_entry(const CsvRow& row, const Columns& columns, const fs::path& csv) {
  const std::string where = place(csv.string(), row);
  const auto field = [&](int column) { return cell(row.fields[static_cast<std::size_t>(column)]); };
  const auto required = [&](int column, const char* name) {
    std::string text = field(column);
    check(!text.empty(), "corpus", where, ": expects a ", name, ", got an empty field");
    return text;
  };
  Entry entry;
  required(columns.path, "path");
  entry.clip.path =
      sound_path(csv.parent_path(), row.fields[static_cast<std::size_t>(columns.path)].text);
  required(columns.label, "label");
  entry.clip.speaker_name = required(columns.speaker, "speaker");
  for (const auto& [name, at] : columns.all) {
    if (at == columns.path || at == columns.speaker) continue;
    std::string value = name == "gender" ? read_gender(field(at), where) : field(at);
    if (!value.empty()) entry.clip.columns.emplace(name, std::move(value));
  }
  entry.reason = corpus_files::fault(entry.clip.path);
  if (!entry.reason.empty()) entry.reason += " (" + where + ")";
  return entry;
}

std::vector<Entry> read_entries(const fs::path& csv, Corpus& corpus) {
  const std::string file = csv.string();
  const std::vector<CsvRow> rows = parse_csv(read_text(csv, "corpus"), file);
  check(!rows.empty(), "corpus", file,
        " is empty; expects the header path,label,speaker and a line for each sound file");
  const Columns columns = find_columns(rows.front(), file, corpus);
  const std::size_t width = rows.front().fields.size();
  std::vector<Entry> entries;
  std::map<fs::path, std::size_t> line_of;
  for (std::size_t r = 1; r < rows.size(); ++r) {
    const CsvRow& row = rows[r];
    if (row.fields.size() < width) refuse_other_separator(row, file);
    check(row.fields.size() == width, "corpus", place(file, row), ": expects ", width,
          " fields as in the header, got ", row.fields.size(),
          row.fields.size() > width ? "; a text with a comma in it stands in quotes" : "");
    Entry entry = read_entry(row, columns, csv);
    const auto [first, fresh] = line_of.emplace(entry.clip.path, row.line);
    if (!fresh)
      entry.reason = "is on line " + std::to_string(row.line) + ", but already on line " +
                     std::to_string(first->second) + " of " + file;
    entries.push_back(std::move(entry));
  }
  return entries;
}

}  // namespace

Corpus read_manifest(const fs::path& csv) {
  Corpus corpus;
  corpus.name = as_utf8(csv.filename().native());
  std::vector<Entry> entries = read_entries(csv, corpus);
  std::stable_sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    return corpus_files::comes_before(a.clip.path, b.clip.path);
  });
  std::set<std::string> labels, speakers;
  for (Entry& entry : entries) {
    if (entry.reason.empty()) {
      speakers.insert(entry.clip.speaker_name);
      labels.insert(entry.clip.column(corpus.target));
      corpus.clips.push_back(std::move(entry.clip));
    } else {
      corpus.bad.push_back({std::move(entry.clip.path), std::move(entry.reason)});
    }
  }
  note_look_alikes("labels", labels, corpus);
  note_look_alikes("speakers", speakers, corpus);
  number_clips(corpus);
  return corpus;
}

CorpusReader manifest_reader() {
  const auto is_csv = [](const fs::path& at, const std::vector<fs::path>&) {
    std::error_code ignored;
    return std::size_t{!fs::is_directory(at, ignored) &&
                       small_letters(at.extension().string()) == ".csv"};
  };
  return {.name = "manifest",
          .expects = "a .csv manifest in its place",
          .detects = is_csv,
          .reads = read_manifest,
          .source = "its author"};
}

}  // namespace sonant
