// Manifests as people's tools really write them.
#include <sonant/audio/corpora/manifest.h>
#include <sonant/audio/csv.h>
#include <sonant/core/random.h>
#include <sonant/core/text.h>

#include <algorithm>
#include <string>
#include <vector>

#include "audio/sound_folder.h"
#include "support/catch.h"
#include "support/text.h"

namespace fs = std::filesystem;
using namespace sonant;
using namespace sonant::test;

namespace {

const SoundFolder& sounds() {
  static const SoundFolder folder;
  static const bool made = [] {
    for (const char* name : {"a.wav", "b.wav", "c.wav", "d.wav"}) folder.put(name);
    return true;
  }();
  REQUIRE(made);
  return folder;
}

Corpus read(const std::string& text) { return read_manifest(sounds().put("m.csv", text)); }

std::string error(const std::string& text) {
  return test::refusal([&] { read(text); });
}

// The same text in two or four bytes a character.
std::string wide(const std::string& text, int bytes, bool little) {
  std::string out;
  for (char c : text) {
    const std::string zeros(static_cast<std::size_t>(bytes - 1), '\0');
    out += little ? c + zeros : zeros + c;
  }
  return out;
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += word + "|";
  return text;
}

}  // namespace

TEST_CASE("A manifest that is not UTF-8 is refused, with line and column", "[audio][corpus]") {
  const std::string head = "path,label,speaker\n";
  CHECK(has(error(head + "a.wav,fr\xf6hlich,1\n"), "m.csv line 2, column 9: the byte \\xf6"));
  CHECK(has(error(head + "a.wav,fr\xf6hlich,1\n"), "iconv -f LATIN1 -t UTF-8"));
  // Counted in characters, not bytes.
  CHECK(has(error(head + "a.wav,\xc3\xb6\xc3\xb6\xe4,1\n"), "line 2, column 9"));
  CHECK(has(error(head + "a.wav,x,1\nb.wav,x,Ren\xe9"), "line 3, column 12"));
  CHECK(has(error(head + "a.wav,\"x\nsch\xf6n\",1\n"), "line 3, column 4"));
  CHECK(has(error("path,label,speaker,\xdc"
                  "bung\n"),
            "line 1, column 20"));
  CHECK(has(error("\xEF\xBB\xBFpath,label,spr\xe4\n"), "line 1, column 15"));
  CHECK(has(error(head + std::string("a.wav,x\0y,1\n", 12)), "line 2, column 8: there is a NUL"));
}

TEST_CASE("UTF-16 and UTF-32 are named, with the way out", "[audio][corpus]") {
  const std::string text = "path,label,speaker\r\na.wav,x,1\r\n";
  const std::string advice = " line 1, column 1: the text is UTF-16; expected UTF-8";
  CHECK(has(error("\xff\xfe" + wide(text, 2, true)), advice));
  CHECK(has(error("\xfe\xff" + wide(text, 2, false)), advice));
  CHECK(has(error(wide(text, 2, true)), "iconv -f UTF-16LE -t UTF-8"));
  CHECK(has(error(wide(text, 2, false)), "iconv -f UTF-16BE -t UTF-8"));
  CHECK(has(error(std::string("\xff\xfe\0\0", 4) + wide(text, 4, true)), "the text is UTF-32"));
  CHECK(has(error(wide(text, 4, false)), "the text is UTF-32"));
}

TEST_CASE("Carriage returns end lines with a line feed or not at all", "[audio][corpus]") {
  const std::string mac = error("path,label,speaker\ra.wav,x,1\rb.wav,y,1\r");
  CHECK(has(mac, "m.csv line 1, column 19: lines end in a carriage return alone"));
  CHECK(has(mac, "tr '\\r' '\\n'"));
  // A column appended by a tool that knows no Windows line ends.
  const std::string stray = error("path,label,speaker\r,fold\na.wav,x,1\r,0\n");
  CHECK(has(stray, "line 1, column 19: a carriage return stands where no line ends"));
  CHECK(has(stray, "tr -d '\\r'"));
  CHECK(has(error("path,label,speaker\na.wav,\"x\",1\r,2\n"), "line 2, column 12: a carriage"));
  CHECK(has(error("path,label,speaker\na.wav,\"x\"\r,1\n"), "line 2, column 10: a carriage"));
  CHECK(has(error("path,label,speaker\r\r\na.wav,x,1\r\r\n"), "line 1, column 19: a carriage"));
  CHECK(read("path,label,speaker\r\na.wav,x,1\r\nb.wav,y,1\r\n").clips.size() == 2);
}

TEST_CASE("Another separator than the comma is named", "[audio][corpus]") {
  CHECK(has(error("path;label;speaker\na.wav;x;1\n"),
            "m.csv line 1, column 5: columns are separated by ;; expected commas"));
  CHECK(
      has(error("path\tlabel\tspeaker\na.wav\tx\t1\n"), "column 5: columns are separated by tabs"));
  CHECK(has(error("path|label|speaker\na.wav|x|1\n"), "column 5: columns are separated by |"));
  CHECK(has(error("sep=;\npath;label;speaker\n"), "line 1, column 5: columns are separated by ;"));
  CHECK(has(error("path,label,speaker\na.wav;x;1\n"), "line 2, column 6: columns are separated"));
  CHECK(has(error("path,label,speaker\na.wav,x\t1\n"), "line 2, column 8: columns are separated"));
  CHECK(has(error("path,label,speaker\na.wav,very, happy,1\n"), "got 4; a text with a comma"));
  // Where they do not part columns they are text.
  CHECK(read("path,label,speaker\na.wav,x;y,1\nb.wav,y|z,1\n").class_names ==
        std::vector<std::string>{"x;y", "y|z"});
}

TEST_CASE("Blanks around what a manifest says do not count", "[audio][corpus]") {
  const Corpus corpus = read(
      " Path , LABEL,\xc2\xa0speaker,Gender ,split\n"
      "a.wav,neutral ,anna, Female,train\n"
      "b.wav , neutral\t,\xc2\xa0"
      "anna,F ,train \n"
      " c.wav,\"neutral\" ,\"anna \", m,test\n"
      "   \n"
      ",,,,\n"
      "d.wav, \"very, happy\",\"tom\"  ,,test\n");
  CHECK(corpus.class_names == std::vector<std::string>{"neutral", "very, happy"});
  REQUIRE(corpus.clips.size() == 4);
  CHECK(corpus.bad.empty());
  CHECK(corpus.clips[0].speaker_name == "anna");
  CHECK(corpus.clips[1].speaker_name == "anna");
  CHECK(corpus.clips[1].column("split") == "train");
  CHECK(corpus.clips[0].column("gender") == "f");
  CHECK(corpus.clips[2].speaker == corpus.clips[0].speaker);
  CHECK(corpus.clips[3].label == 1);
  CHECK(corpus.notes.empty());
  CHECK(has(error("path,label,speaker\na.wav, \xc2\xa0,1\n"), "line 2: expects a label"));
  CHECK(has(error("path, Path,label,speaker\n"), "path is there twice"));
}

TEST_CASE("A file name with blanks at its ends is taken before one without", "[audio][corpus]") {
  const SoundFolder dir;
  dir.put(" a.wav");
  dir.put("b.wav ");
  dir.put("c.wav");
  const Corpus corpus =
      read_manifest(dir.put("m.csv", "path,label,speaker\n a.wav,x,1\nb.wav ,y,1\n c.wav,y,1\n"));
  REQUIRE(corpus.clips.size() == 3);
  CHECK(corpus.clips[0].path.filename() == " a.wav");
  CHECK(corpus.clips[1].path.filename() == "b.wav ");
  CHECK(corpus.clips[2].path.filename() == "c.wav");
}

TEST_CASE("Every column with a name is one of the clips'", "[audio][corpus]") {
  const Corpus corpus = read("path,Start,label,end ,speaker,\na.wav,0.5,x,,1,\nb.wav,0,y, 1,2,z\n");
  using Columns = std::map<std::string, std::string, std::less<>>;
  CHECK(corpus.target == "label");
  CHECK(corpus.clips.at(0).columns == Columns{{"label", "x"}, {"start", "0.5"}});
  CHECK(corpus.clips.at(1).columns == Columns{{"end", "1"}, {"label", "y"}, {"start", "0"}});
  CHECK(corpus.clips.at(1).column("speaker") == "2");
  CHECK(corpus.clips.at(0).column("end").empty());
  CHECK(corpus.clips.at(0).column("session").empty());
  REQUIRE(corpus.notes.size() == 1);
  CHECK(has(corpus.notes[0], "columns ignored: number 6, without a name"));
  CHECK(corpus.unusual == std::vector<std::string>{"start", "end"});
  CHECK(has(error("path,label,speaker,Age,age\n"), "the column age is there twice"));
  // What is learnt may be called by its name.
  const Corpus emotions = read("path,emotion,speaker\na.wav,x,1\nb.wav,y,1\n");
  CHECK(emotions.target == "emotion");
  CHECK(emotions.class_names == std::vector<std::string>{"x", "y"});
  CHECK(read("path,label,emotion,speaker\na.wav,x,p,1\nb.wav,y,p,1\n").target == "label");
  CHECK(read("path,label,speaker\na.wav,x,1\nb.wav,y,1\n").notes.empty());
}

TEST_CASE("Labels and speakers that are easily taken for one are noted", "[audio][corpus]") {
  const auto notes = [](const std::string& rows) {
    return joined(read("path,label,speaker\n" + rows).notes);
  };
  const std::string cases = notes("a.wav,Happy,1\nb.wav,happy,2\nc.wav,HAPPY,3\nd.wav,sad,4\n");
  CHECK(has(cases, "labels that differ only in case, accents or blanks, and count as 3"));
  CHECK(has(cases, "\"HAPPY\", \"Happy\", \"happy\""));
  CHECK(has(notes("a.wav,\xc3\x84rger,1\nb.wav,\xc3\xa4rger,1\n"), "count as 2"));
  // Composed and decomposed, as different systems spell one letter.
  CHECK(has(notes("a.wav,fr\xc3\xb6hlich,1\nb.wav,fro\xcc\x88hlich,1\n"), "count as 2"));
  CHECK(has(notes("a.wav,very happy,1\nb.wav,very  happy,1\n"), "count as 2"));
  CHECK(has(notes("a.wav,x,Anna\nb.wav,y,anna\n"), "speakers that differ only in case"));
  CHECK(notes("a.wav,x,1\nb.wav,y,2\n").empty());
}

TEST_CASE("One class alone is refused", "[audio][corpus]") {
  const auto open = [](const std::string& rows) {
    const fs::path csv = sounds().put("one.csv", "path,label,speaker\n" + rows);
    return test::refusal([&] { open_corpus(csv); });
  };
  CHECK(has(open("a.wav,neutral,1\nb.wav,neutral ,2\n"),
            "all of 2 sounds are of one class, "
            "\"neutral\"; expected at least two"));
  // A class of which no sound is there is none.
  CHECK(has(open("a.wav,neutral,1\ngone.wav,angry,2\n"), "one class, \"neutral\""));
  CHECK(open("a.wav,neutral,1\nb.wav,angry,2\n").empty());
  const SoundFolder emodb;
  emodb.put("03a01Wa.wav");
  emodb.put("08a01Wa.wav");
  CHECK(has(test::refusal([&] { open_corpus(emodb.path()); }), "one class, \"anger\""));
}

TEST_CASE("Any file name can be in a manifest, and any label", "[audio][corpus]") {
  const SoundFolder dir;
  const std::vector<std::string> names{"line\nfeed.wav", "caf\xe9.wav", "esc\x1b[31m.wav",
                                       "quote\".wav",    "-rf.wav",     "comma, blank.wav"};
  for (const std::string& name : names) dir.put(name);
  const Corpus corpus =
      read_manifest(dir.put("m.csv",
                            "path,label,speaker\n"
                            "\"line\nfeed.wav\",\"two\nlines\",\"a\nb\"\n"
                            "caf\\xe9.wav,\"comma, label\",1\n"
                            "esc\x1b[31m.wav,\"say \"\"hi\"\"\",1\n"
                            "\"quote\"\".wav\",x,1\n-rf.wav,x,1\n\"comma, blank.wav\",x,1\n"));
  CHECK(corpus.bad.empty());
  REQUIRE(corpus.clips.size() == names.size());
  for (const Clip& clip : corpus.clips)
    CHECK(std::count(names.begin(), names.end(), clip.path.filename().native()) == 1);
  CHECK(corpus.class_names ==
        std::vector<std::string>{"comma, label", "say \"hi\"", "two\nlines", "x"});
  CHECK(read_manifest(dir.put("n\xe9.csv", "path,label,speaker\n-rf.wav,x,1\n")).name ==
        "n\\xe9.csv");
}

TEST_CASE("A line of a million fields takes no time that anybody notices", "[audio][corpus]") {
  const auto rows = parse_csv(std::string(1'000'000, ',') + "x", "m.csv");
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].fields.size() == 1'000'001);
  CHECK(rows[0].fields.back().column == 1'000'001);
}

TEST_CASE("Whatever is done to a manifest, it is read or refused in one line", "[audio][corpus]") {
  const std::string good =
      "\xEF\xBB\xBFpath,label,speaker\r\n\"a\"\"b\n.wav\" , fr\xc3\xb6hlich,\"x\"\r\n,,\r\nb,c,d";
  const std::string pieces[] = {"\"", "\r", "\n", ",", ";", "\t", "\xff", "\xfe", " ", "\xc3", "x"};
  std::size_t read = 0, refused = 0;
  for (std::uint64_t run = 0; run < 5000; ++run) {
    const Random random(41, run);
    std::string text = good;
    const auto below = [&](std::uint64_t step, std::size_t n) {
      return static_cast<std::size_t>(random.uniform(step) * static_cast<double>(n));
    };
    for (std::uint64_t k = 0; k < 1 + run % 4; ++k) {
      const std::size_t at = below(3 * k, text.size());
      const std::string piece = pieces[below(3 * k + 1, std::size(pieces))];
      text.replace(at, below(3 * k + 2, 3), run % 7 == 0 ? std::string(1, '\0') : piece);
    }
    try {
      std::size_t last = 0;
      for (const CsvRow& row : parse_csv(text, "m.csv")) {
        CHECK(row.line > last);
        last = row.line;
        for (const CsvField& field : row.fields) CHECK(find_bad_utf8(field.text) == text.npos);
      }
      ++read;
    } catch (const Error& error) {
      CHECK(has(error.what(), "[corpus] m.csv line "));
      CHECK(has(error.what(), ", column "));
      CHECK(printable(error.what()) == error.what());
      ++refused;
    }
  }
  CHECK(read > 500);
  CHECK(refused > 500);
}
