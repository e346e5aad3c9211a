// IEMOCAP: a made-up tree of the release's size, with the counts that are published.
#include <sonant/audio/corpora/iemocap.h>
#include <sonant/audio/corpora/label_map.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <map>
#include <string>
#include <vector>

#include "audio/sound_folder.h"
#include "support/catch.h"
#include "support/text.h"

using namespace sonant;
using namespace sonant::test;
namespace fs = std::filesystem;

namespace {

using Names = std::vector<std::string>;

const std::string kTitle = "% [START_TIME - END_TIME] TURN_NAME EMOTION [V, A, D]\n\n";

std::string block(const std::string& turn, const std::string& code) {
  return "[6.2901 - 8.2357]\t" + turn + "\t" + code +
         "\t[2.5000, 3.5000, 4.0000]\nC-E1:\tNeutral;\t()\nA-E3:\tval 3; act 2; dom  ;\t()\n\n";
}

// Turns of a session by who speaks and what the label is, as the tables in the literature have
// them.
struct Session {
  std::map<std::string, int> female, male;
};

// Those of the release for set A, by speaker; exc is published for both speakers together, and the
// rest for the release.
std::array<Session, 5> release() {
  const int of_set_a[5][8] = {{147, 69, 171, 78, 82, 66, 213, 116},
                              {67, 70, 135, 113, 70, 47, 227, 84},
                              {92, 80, 130, 172, 148, 55, 190, 133},
                              {205, 31, 76, 62, 122, 34, 182, 81},
                              {78, 77, 221, 132, 92, 66, 163, 113}};
  const int exc[5] = {143, 210, 151, 238, 299};
  const std::map<std::string, int> rest{{"xxx", 2507}, {"fru", 1849}, {"sur", 107},
                                        {"fea", 40},   {"oth", 3},    {"dis", 2}};
  std::array<Session, 5> sessions;
  for (std::size_t s = 0; s < 5; ++s) {
    const char* codes[] = {"ang", "hap", "neu", "sad"};
    for (int k = 0; k < 4; ++k) {
      sessions[s].female[codes[k]] = of_set_a[s][k];
      sessions[s].male[codes[k]] = of_set_a[s][4 + k];
    }
    sessions[s].female["exc"] = exc[s] / 2;
    sessions[s].male["exc"] = exc[s] - exc[s] / 2;
    for (const auto& [code, n] : rest)
      sessions[s].female[code] = n / 5 + (static_cast<int>(s) < n % 5);
  }
  return sessions;
}

// Half of the turns improvised, half scripted; each dialogue under both wearers of the markers.
std::size_t put_release(const SoundFolder& dir) {
  std::size_t turns = 0;
  const auto sessions = release();
  for (std::size_t s = 0; s < 5; ++s) {
    std::map<std::string, std::string> texts;
    const std::string session = "Session" + std::to_string(s + 1);
    std::map<std::string, int> next;
    for (const bool male : {false, true})
      for (const auto& [code, n] : male ? sessions[s].male : sessions[s].female)
        for (int k = 0; k < n; ++k) {
          const std::string dialogue = "Ses0" + std::to_string(s + 1) + (k % 4 < 2 ? "F" : "M") +
                                       (k % 2 == 0 ? "_impro0" : "_script0") +
                                       std::to_string(1 + k % 7) + (k % 2 == 0 ? "" : "_1b");
          const std::string speaker = male ? "M" : "F";
          char number[8];
          std::snprintf(number, sizeof number, "%03d", next[dialogue + speaker]++);
          const std::string turn = dialogue + "_" + speaker + number;
          dir.put(session + "/sentences/wav/" + dialogue + "/" + turn + ".wav");
          texts[dialogue] += block(turn, code);
          ++turns;
        }
    for (const auto& [dialogue, text] : texts)
      dir.put(session + "/dialog/EmoEvaluation/" + dialogue + ".txt", kTitle + text);
    // What else lies there.
    dir.put(session + "/dialog/EmoEvaluation/._Ses01F_impro01.txt", "\1\2");
    dir.put(session + "/dialog/EmoEvaluation/Categorical/Ses01F_impro01_e1_cat.txt", "x");
    dir.put(session + "/sentences/wav/Ses01F_impro01/._Ses01F_impro01_F000.wav");
    dir.put(session + "/dialog/wav/Ses0" + std::to_string(s + 1) + "F_impro01.wav");
    dir.put(session + "/dialog/wav/Ses0" + std::to_string(s + 1) + "M_script01_1b.wav");
  }
  return turns;
}

// Read once.
const Corpus& whole_release() {
  static const Corpus corpus = [] {
    const SoundFolder dir;
    REQUIRE(put_release(dir) == 10039);
    return open_corpus(dir.path());
  }();
  return corpus;
}

std::map<std::string, int> counts(const Corpus& corpus, const std::string& column) {
  std::map<std::string, int> all;
  for (const Clip& clip : corpus.clips) ++all[clip.column(column)];
  return all;
}

bool notes_have(const Corpus& corpus, const std::string& part) {
  return std::ranges::any_of(corpus.notes, [&](const auto& note) { return has(note, part); });
}

}  // namespace

TEST_CASE("IEMOCAP: a tree of the release's size has the published counts", "[audio][corpus]") {
  const Corpus& corpus = whole_release();
  CHECK(corpus.name == "IEMOCAP");
  CHECK(corpus.bad.empty());
  CHECK(corpus.left_out == 2507 + 10);
  CHECK(notes_have(corpus, "left out: 10 recordings of whole dialogues"));
  CHECK(notes_have(corpus, "left out: 2,507 turns on which no majority"));
  CHECK(!notes_have(corpus, "in the full release"));
  CHECK(counts(corpus, "emotion") == std::map<std::string, int>{{"anger", 1103},
                                                                {"happiness", 595},
                                                                {"excitement", 1041},
                                                                {"neutral", 1708},
                                                                {"sadness", 1084},
                                                                {"frustration", 1849},
                                                                {"fear", 40},
                                                                {"disgust", 2},
                                                                {"surprise", 107},
                                                                {"other", 3}});
  CHECK(counts(corpus, "speaker").size() == 10);
}

TEST_CASE("IEMOCAP: the label sets have the published counts", "[audio][corpus]") {
  const Corpus& corpus = whole_release();
  const Corpus a = with_labels(corpus, "set-a");
  CHECK(a.class_names == Names{"anger", "happiness", "neutral", "sadness"});
  CHECK(a.clips.size() == 4490);
  CHECK(notes_have(a, "IEMOCAP: set-a, 4,490 clips, as published"));
  CHECK(counts(a, "session") ==
        std::map<std::string, int>{{"1", 942}, {"2", 813}, {"3", 1000}, {"4", 793}, {"5", 942}});
  CHECK(counts(a, "speaker").at("Ses04_F") == 205 + 31 + 76 + 62);
  CHECK(counts(a, "speaker").at("Ses04_M") == 122 + 34 + 182 + 81);

  const Corpus b = with_labels(corpus, "set-b");
  CHECK(b.class_names == a.class_names);
  CHECK(b.clips.size() == 5531);
  CHECK(notes_have(b, "IEMOCAP: set-b, 5,531 clips, as published"));
  CHECK(counts(b, "emotion") ==
        std::map<std::string, int>{
            {"anger", 1103}, {"happiness", 1636}, {"neutral", 1708}, {"sadness", 1084}});
  CHECK(
      counts(b, "session") ==
      std::map<std::string, int>{{"1", 1085}, {"2", 1023}, {"3", 1151}, {"4", 1031}, {"5", 1241}});

  const Corpus improvised = with_labels(corpus, "set-b-improvised");
  CHECK(counts(improvised, "kind").size() == 1);
  CHECK(notes_have(improvised, "; the whole corpus has 2,943"));
  // The class that a map makes of two need not be named by a set.
  CHECK(with_labels(corpus, "anger,excitement=happiness,happiness,neutral,sadness").clips.size() ==
        5531);
}

TEST_CASE("IEMOCAP: a part of the release, and labels that it does not have", "[audio][corpus]") {
  const Corpus& corpus = whole_release();
  // A part of the release may lack a class of a set; one that is typed has to be there.
  Corpus part = corpus;
  std::erase_if(part.clips,
                [](const Clip& clip) { return clip.column("emotion") == "excitement"; });
  part.class_names.clear();
  number_clips(part);
  const Corpus without = with_labels(part, "set-b");
  CHECK(without.clips.size() == 4490);
  CHECK(without.class_names == Names{"anger", "happiness", "neutral", "sadness"});
  CHECK(notes_have(without, "no clip of the class excitement"));
  CHECK(has(refusal([&] { with_labels(part, "excitement=happiness,anger,sadness"); }),
            "has no class \"excitement\""));
  CHECK(
      with_labels(part, "excitement=happiness,anger,sadness", AbsentClass::left_out).class_names ==
      Names{"anger", "sadness"});

  CHECK(has(refusal([&] { with_labels(corpus, "set-c"); }),
            "has no class and no label set \"set-c\"; its label sets are set-a, set-b, "
            "set-a-improvised, set-b-improvised, its classes anger"));
  CHECK(has(refusal([&] { with_labels(corpus, "anger,fear=anger"); }),
            "only the class anger is left"));
}

TEST_CASE("IEMOCAP: who speaks, what is said of a turn, and where its label lies",
          "[audio][corpus]") {
  const SoundFolder dir;
  const std::string wav = "Session1/sentences/wav/Ses01M_script01_1b/";
  const std::string label = "Session1/dialog/EmoEvaluation/Ses01M_script01_1b.txt";
  dir.put(wav + "Ses01M_script01_1b_F003.wav");
  dir.put(wav + "Ses01M_script01_1b_M003.WAV");
  dir.put(wav + "Ses01M_script01_1b_M004.wav");
  dir.put(wav + "Ses01M_script01_1b_M005.wav");
  dir.put(wav + "Ses06M_script01_1b_M005.wav");
  dir.put(label, kTitle + block("Ses01M_script01_1b_F003", "fru") +
                     block("Ses01M_script01_1b_M003", "exc") +
                     block("Ses01M_script01_1b_M004", "xxx"));
  CHECK(reader_of(dir.path()).name == "IEMOCAP");
  const Corpus corpus = read_iemocap(dir.path());
  REQUIRE(corpus.clips.size() == 2);
  CHECK(corpus.left_out == 1);
  CHECK(notes_have(corpus, "4 turns, of 10,039 in the full release"));
  const Clip& clip = corpus.clips[0];
  CHECK(clip.speaker_name == "Ses01_F");  // though M wears the markers
  CHECK(clip.columns ==
        std::map<std::string, std::string, std::less<>>{{"emotion", "frustration"},
                                                        {"gender", "f"},
                                                        {"session", "1"},
                                                        {"dialogue", "Ses01M_script01_1b"},
                                                        {"kind", "scripted"},
                                                        {"valence", "2.5000"},
                                                        {"activation", "3.5000"},
                                                        {"dominance", "4.0000"}});
  CHECK(corpus.clips[1].speaker_name == "Ses01_M");
  REQUIRE(corpus.bad.size() == 2);
  CHECK(corpus.bad[0].reason == "has no line in the label file of Ses01M_script01_1b");
  CHECK(corpus.bad[1].reason == "is not named like IEMOCAP's Ses01F_impro01_M000");

  // From the folder of a dialogue the label is found beside it; in another layout below the folder.
  CHECK(read_iemocap(dir.path() / wav).clips.size() == 2);
  const SoundFolder flat;
  flat.put("wav/Ses01M_script01_1b_F003.wav");
  CHECK(has(refusal([&] { read_iemocap(flat.path()); }),
            "IEMOCAP: there is no label file of Ses01M_script01_1b, of which "));
  flat.put("labels/EmoEvaluation/Ses01M_script01_1b.txt",
           "% x\r\n[0.1 - 0.2]\tSes01M_script01_1b_F003\tsad\t[1.0, 2.0, 3.0]\r\n");
  CHECK(read_iemocap(flat.path()).clips.size() == 1);
}

TEST_CASE("IEMOCAP: a label file that cannot be read is named with its line", "[audio][corpus]") {
  const SoundFolder dir;
  dir.put("Session1/sentences/wav/Ses01F_impro01/Ses01F_impro01_F000.wav");
  const auto refused = [&](const std::string& text) {
    dir.put("Session1/dialog/EmoEvaluation/Ses01F_impro01.txt", text);
    return refusal([&] { read_iemocap(dir.path()); });
  };
  const std::string good = block("Ses01F_impro01_F000", "neu");
  CHECK(has(refused(kTitle + good + good),
            "Ses01F_impro01.txt:7: has Ses01F_impro01_F000 for the second time"));
  CHECK(has(refused(kTitle + block("Ses01F_impro01_F000", "joy")),
            "Ses01F_impro01.txt:3: has emotion joy; IEMOCAP has ang"));
  CHECK(has(refused("[6.2 - 8.2] Ses01F_impro01_F000 neu [2.5, 2.5, 2.5]\n"),
            "Ses01F_impro01.txt:1: expects [START - END], turn, emotion"));
  CHECK(has(refused("[6.2 - 8.2]\t\x1b[2J\tne\n"), "\\x1b"));
  CHECK(has(refused("[" + std::string(1 << 20, '1') + " - 8.2]\tx\tneu\t[1, 2, 3]\n"),
            "Ses01F_impro01.txt:1: expects [START - END]"));
}
