#include <sonant/audio/csv.h>

#include <algorithm>

#include <sonant/core/error.h>
#include <sonant/core/text.h>

namespace sonant {
namespace {

using namespace std::string_view_literals;

// Own code, because libcsv (the packaged choice) counts no lines, has no pkg-config file and needs
// a wrapper longer than this.
class Reader {
 public:
  Reader(std::string_view text, const std::string& where) : text_(text), where_(where) {}

  void read(const std::function<void(CsvRow&&)>& use) {
    refuse_other_encodings();
    if (text_.starts_with("\xEF\xBB\xBF")) text_.remove_prefix(3);  // byte order mark
    if (const auto bad = std::min(find_bad_utf8(text_), text_.find('\0')); bad < text_.size())
      refuse_byte(bad);
    while (at_ < text_.size()) {
      CsvRow row = read_row();
      const bool blank = std::all_of(row.fields.begin(), row.fields.end(),
                                     [](const CsvField& f) { return trimmed(f.text).empty(); });
      if (!blank) use(std::move(row));
    }
  }

 private:
  template <class... Parts>
  [[noreturn]] void refuse_at(std::size_t line, std::size_t column, const Parts&... parts) const {
    fail("corpus", where_, " line ", line, ", column ", column, ": ", parts...);
  }
  template <class... Parts>
  [[noreturn]] void refuse(const Parts&... parts) {
    refuse_at(line_, column(), parts...);
  }

  // Of at_, in characters, counted on from where it was asked for last.
  std::size_t column() {
    if (counted_ < line_start_) counted_ = line_start_, column_ = 1;
    for (; counted_ < std::min(at_, text_.size()); ++counted_)
      column_ += (static_cast<unsigned char>(text_[counted_]) & 0xc0) != 0x80;
    return column_;
  }

  // Names what UTF-16 and UTF-32 are: all else would be said of a byte that no editor shows.
  void refuse_other_encodings() const {
    const auto starts = [&](std::string_view mark) { return text_.starts_with(mark); };
    const auto nul = [&](std::size_t k) { return k < text_.size() && text_[k] == '\0'; };
    const bool long_words = starts("\xff\xfe\0\0"sv) || starts("\0\0\xfe\xff"sv) ||
                            (nul(1) && nul(2) && nul(3)) || (nul(0) && nul(1) && nul(2));
    const bool marked = starts("\xff\xfe") || starts("\xfe\xff");
    if (!long_words && !marked && !(nul(0) && nul(2)) && !(nul(1) && nul(3))) return;
    const char* name = long_words ? "UTF-32" : "UTF-16";
    const bool little = nul(1) && !nul(0);  // where there is no mark, the name must say it
    const bool bare = !marked && !starts("\0\0\xfe\xff"sv);
    refuse_at(1, 1, "the text is ", name, "; expected UTF-8: save it as such, or iconv -f ", name,
              bare ? little ? "LE" : "BE" : "", " -t UTF-8 OLD.csv > NEW.csv");
  }

  [[noreturn]] void refuse_byte(std::size_t at) {
    at_ = at;
    const std::string_view before = text_.substr(0, at);
    line_ += static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n'));
    line_start_ = before.rfind('\n') + 1;  // npos + 1 is 0
    if (text_[at] == '\0') refuse("there is a NUL byte; expected text in UTF-8");
    refuse("the byte ", printable(text_.substr(at, 1)),
           " is not UTF-8; save the file as UTF-8, or ",
           "iconv -f LATIN1 -t UTF-8 OLD.csv > NEW.csv if it is Latin-1 (Windows: CP1252)");
  }

  [[noreturn]] void refuse_return() {
    if (text_.find('\n') == std::string_view::npos)
      refuse("lines end in a carriage return alone, as on old Macs; expected line feeds: ",
             "tr '\\r' '\\n' < OLD.csv > NEW.csv");
    refuse("a carriage return stands where no line ends (was a column appended to a file with ",
           "Windows line ends?); without them: tr -d '\\r' < OLD.csv > NEW.csv");
  }

  CsvRow read_row() {
    CsvRow row{line_, {}};
    for (;;) {
      CsvField field{"", column()};
      const std::size_t quote = after_blanks(at_);
      const bool quoted = quote < text_.size() && text_[quote] == '"';
      if (quoted) at_ = quote;
      field.text = quoted ? read_quoted() : read_plain();
      row.fields.push_back(std::move(field));
      const std::string_view rest = text_.substr(std::min(at_, text_.size()), 2);
      if (rest.starts_with(',')) {
        ++at_;
        continue;
      }
      if (rest.starts_with('\r') && rest != "\r\n") refuse_return();
      if (!rest.empty() && rest[0] != '\n' && rest[0] != '\r')
        refuse("expects a comma or the line's end after a quoted field");
      at_ += rest == "\r\n" ? 2 : 1;
      next_line(at_);
      return row;
    }
  }

  std::string read_plain() {
    const std::size_t end = std::min(text_.find_first_of(",\r\n", at_), text_.size());
    std::string field(text_.substr(at_, end - at_));
    at_ = end;
    return field;
  }

  std::string read_quoted() {
    const std::size_t line = line_, start = column();
    std::string field;
    for (++at_;; ++at_) {
      if (at_ >= text_.size()) refuse_at(line, start, "a quoted field has no closing quote");
      if (text_[at_] == '"' && text_.substr(at_ + 1, 1) != "\"") break;
      if (text_[at_] == '"') ++at_;  // a doubled quote stands for one
      if (text_[at_] == '\n') next_line(at_ + 1);
      field += text_[at_];
    }
    at_ = after_blanks(at_ + 1);
    return field;
  }

  std::size_t after_blanks(std::size_t at) const {
    return std::min(text_.find_first_not_of(" \t", at), text_.size());
  }

  void next_line(std::size_t start) {
    ++line_;
    line_start_ = start;
  }

  std::string_view text_;
  const std::string& where_;
  std::size_t at_ = 0, line_ = 1, line_start_ = 0;
  std::size_t counted_ = 0, column_ = 1;
};

}  // namespace

std::vector<CsvRow> parse_csv(std::string_view text, const std::string& where) {
  std::vector<CsvRow> rows;
  for_each_csv_row(text, where, [&](CsvRow&& row) { rows.push_back(std::move(row)); });
  return rows;
}

void for_each_csv_row(std::string_view text, const std::string& where,
                      const std::function<void(CsvRow&&)>& use) {
  Reader(text, where).read(use);
}

std::string csv_field(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + '"';
}

}  // namespace sonant
