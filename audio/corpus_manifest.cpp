#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include <sonant/audio/corpus.h>
#include <sonant/audio/corpus_files.h>
#include <sonant/core/error.h>
#include <sonant/core/file.h>

namespace sonant {
namespace fs = std::filesystem;
namespace {

struct Row {
  std::size_t line = 0;  // where it starts in the file, from 1
  std::vector<std::string> fields;
};

// RFC 4180, with LF as good as CR LF; blank lines are passed over. Own code, because libcsv (the
// packaged choice) counts no lines, has no pkg-config file and needs a wrapper longer than this.
std::vector<Row> parse_csv(std::string_view text, const std::string& file) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);  // byte order mark
  std::vector<Row> rows;
  std::size_t line = 1;
  for (std::size_t at = 0; at < text.size();) {
    Row row{line, {}};
    for (bool more = true; more;) {
      std::string field;
      if (at < text.size() && text[at] == '"') {
        for (++at;; ++at) {
          check(at < text.size(), "corpus", file, " line ", row.line,
                ": a quoted field has no closing quote");
          if (text[at] == '"' && text.substr(at + 1, 1) != "\"") break;
          if (text[at] == '"') ++at;  // a doubled quote stands for one
          line += text[at] == '\n';
          field += text[at];
        }
        ++at;
      } else {
        const std::size_t end = std::min(text.find_first_of(",\r\n", at), text.size());
        field = text.substr(at, end - at);
        at = end;
      }
      row.fields.push_back(std::move(field));
      const std::string_view rest = text.substr(std::min(at, text.size()), 2);
      more = rest.starts_with(',');
      check(rest.empty() || more || rest[0] == '\n' || rest == "\r\n", "corpus", file, " line ",
            line, ": expects a comma or the line's end after a quoted field");
      at += rest == "\r\n" ? 2 : 1;
    }
    ++line;
    if (row.fields.size() > 1 || !row.fields.front().empty()) rows.push_back(std::move(row));
  }
  return rows;
}

// Where each column stands in a row; -1 if the manifest has no such column.
struct Columns {
  int path = -1, label = -1, speaker = -1, gender = -1, intensity = -1, split = -1;
};

Columns find_columns(const Row& header, const std::string& file) {
  const auto find = [&](const char* name) {
    const auto& fields = header.fields;
    check(std::count(fields.begin(), fields.end(), name) <= 1, "corpus", file, " line ",
          header.line, ": the column ", name, " is there twice");
    const auto it = std::find(fields.begin(), fields.end(), name);
    return it == fields.end() ? -1 : static_cast<int>(it - fields.begin());
  };
  const Columns c{find("path"),   find("label"),     find("speaker"),
                  find("gender"), find("intensity"), find("split")};
  std::string got;
  for (const std::string& field : header.fields) got += (got.empty() ? "" : ",") + field;
  check(c.path >= 0 && c.label >= 0 && c.speaker >= 0, "corpus", file, " line ", header.line,
        ": expects the header path,label,speaker[,gender][,intensity][,split], got ", got);
  return c;
}

char read_gender(const std::string& text, const std::string& where) {
  if (text.empty() || text == "?") return '?';
  if (text == "f" || text == "F" || text == "female") return 'f';
  if (text == "m" || text == "M" || text == "male") return 'm';
  fail("corpus", where, ": expects gender f, m or nothing, got ", text);
}

std::optional<int> whole_number(const std::string& text) {
  int value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stop != end || value < 0) return std::nullopt;
  return value;
}

// Labels and speakers become numbers once all rows are known.
void number(Corpus& corpus, const std::vector<std::string>& labels) {
  const std::set<std::string> classes(labels.begin(), labels.end());
  corpus.class_names.assign(classes.begin(), classes.end());
  bool all_numbers = true;
  std::map<std::string, int> speakers;
  for (const Clip& clip : corpus.clips) {
    speakers[clip.speaker_name] = 0;
    all_numbers = all_numbers && whole_number(clip.speaker_name).has_value();
  }
  int next = 1;
  for (auto& [name, id] : speakers) id = all_numbers ? *whole_number(name) : next++;
  for (std::size_t k = 0; k < labels.size(); ++k) {
    Clip& clip = corpus.clips[k];
    clip.label = static_cast<int>(std::distance(classes.begin(), classes.find(labels[k])));
    clip.speaker = speakers[clip.speaker_name];
  }
}

struct Entry {
  Clip clip;
  std::string label;
  std::string reason;  // why the clip is bad, or ""
};

Entry read_entry(const Row& row, const Columns& columns, const fs::path& csv) {
  const std::string where = csv.string() + " line " + std::to_string(row.line);
  const auto field = [&](int column) {
    return column < 0 ? std::string() : row.fields[static_cast<std::size_t>(column)];
  };
  const auto required = [&](int column, const char* name) {
    std::string text = field(column);
    check(!text.empty(), "corpus", where, ": expects a ", name, ", got an empty field");
    return text;
  };
  Entry entry;
  entry.clip.path = (csv.parent_path() / required(columns.path, "path")).lexically_normal();
  entry.label = required(columns.label, "label");
  entry.clip.speaker_name = required(columns.speaker, "speaker");
  entry.clip.gender = read_gender(field(columns.gender), where);
  entry.clip.intensity = field(columns.intensity);
  entry.clip.split = field(columns.split);
  entry.reason = corpus_files::fault(entry.clip.path);
  if (!entry.reason.empty()) entry.reason += " (" + where + ")";
  return entry;
}

std::vector<Entry> read_entries(const fs::path& csv) {
  const std::string text = read_text(csv, "corpus");
  const std::vector<Row> rows = parse_csv(text, csv.string());
  check(!rows.empty(), "corpus", csv.string(),
        " is empty; expects the header path,label,speaker and a line for each sound file");
  const Columns columns = find_columns(rows.front(), csv.string());
  const std::size_t width = rows.front().fields.size();
  std::vector<Entry> entries;
  std::map<fs::path, std::size_t> line_of;
  for (std::size_t r = 1; r < rows.size(); ++r) {
    const Row& row = rows[r];
    check(row.fields.size() == width, "corpus", csv.string(), " line ", row.line, ": expects ",
          width, " fields as in the header, got ", row.fields.size());
    Entry entry = read_entry(row, columns, csv);
    const auto [first, fresh] = line_of.emplace(entry.clip.path, row.line);
    if (!fresh)
      entry.reason = "is on line " + std::to_string(row.line) + ", but already on line " +
                     std::to_string(first->second) + " of " + csv.string();
    entries.push_back(std::move(entry));
  }
  return entries;
}

}  // namespace

Corpus read_manifest(const fs::path& csv) {
  std::vector<Entry> entries = read_entries(csv);
  std::stable_sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    return corpus_files::comes_before(a.clip.path, b.clip.path);
  });
  Corpus corpus;
  corpus.name = csv.filename().string();
  std::vector<std::string> labels;
  for (Entry& entry : entries) {
    if (entry.reason.empty()) {
      corpus.clips.push_back(std::move(entry.clip));
      labels.push_back(std::move(entry.label));
    } else {
      corpus.bad.push_back({std::move(entry.clip.path), std::move(entry.reason)});
    }
  }
  number(corpus, labels);
  return corpus;
}

}  // namespace sonant
