#include <sonant/audio/corpora/emodb.h>
#include <sonant/audio/corpora/manifest.h>
#include <sonant/audio/corpora/ravdess.h>
#include <sonant/core/error.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <string>

#include "audio/sound_folder.h"
#include "support/catch.h"
#include "support/files.h"
#include "support/text.h"

namespace fs = std::filesystem;
using namespace sonant;
using namespace sonant::test;

namespace {

std::string reason_for(const Corpus& corpus, const std::string& file_name) {
  for (const BadFile& bad : corpus.bad)
    if (bad.path.filename() == file_name) return bad.reason;
  return "";
}

}  // namespace

TEST_CASE("RAVDESS names become label, speaker, gender and intensity", "[audio][corpus]") {
  const SoundFolder dir;
  dir.put("Actor_12/03-01-05-02-01-01-12.wav");
  dir.put("Actor_01/03-01-01-01-02-02-01.flac");
  dir.put("03-01-08-01-01-01-07.WAV");
  const Corpus corpus = read_ravdess(dir.path());
  CHECK(corpus.name == "RAVDESS");
  CHECK(corpus.class_names == std::vector<std::string>{"neutral", "calm", "happy", "sad", "angry",
                                                       "fearful", "disgust", "surprised"});
  CHECK(corpus.bad.empty());
  REQUIRE(corpus.clips.size() == 3);  // by file name: emotion 01, 05, 08
  CHECK(corpus.clips[0].label == 0);
  CHECK(corpus.clips[0].speaker == 1);
  CHECK(corpus.clips[0].column("gender") == "m");
  CHECK(corpus.clips[0].columns ==
        std::map<std::string, std::string, std::less<>>{{"emotion", "neutral"},
                                                        {"gender", "m"},
                                                        {"intensity", "normal"},
                                                        {"repetition", "2"},
                                                        {"statement", "2"}});
  CHECK(corpus.clips[1].label == 4);
  CHECK(corpus.clips[1].speaker == 12);
  CHECK(corpus.clips[1].speaker_name == "12");
  CHECK(corpus.clips[1].column("gender") == "f");
  CHECK(corpus.clips[1].column("intensity") == "strong");
  CHECK(corpus.clips[2].label == 7);
}

TEST_CASE("RAVDESS video, song and audio-visual files are left out, not bad", "[audio][corpus]") {
  const SoundFolder dir;
  dir.put("03-01-05-01-01-01-01.wav");
  dir.put("03-02-05-01-01-01-01.wav");  // song
  dir.put("01-01-05-01-01-01-01.wav");  // audio-visual
  const Corpus corpus = read_ravdess(dir.path());
  CHECK(corpus.clips.size() == 1);
  CHECK(corpus.left_out == 2);
  CHECK(corpus.bad.empty());
}

TEST_CASE("Every bad RAVDESS file is reported with its reason", "[audio][corpus]") {
  const SoundFolder dir;
  dir.put("03-01-05-01-01-01-01.wav");
  dir.put("03-01-05-01-01-01-01.flac");
  dir.put("copy/03-01-05-01-01-01-01.wav");
  dir.put("03-01-09-01-01-01-01.wav");
  dir.put("03-01-05-01-01-01-25.wav");
  dir.put("03-01-05-01-03-01-01.wav");
  dir.put("03-01-00-01-01-01-01.wav");
  dir.put("03-01-01-02-01-01-01.wav");
  dir.put("holiday.wav");
  dir.put("03-01-05-01-01-01.wav");
  dir.put("03-01-05-01-01-02-02.wav", "");
  dir.put("03-01-05-01-01-02-03.wav", "version https://git-lfs.github.com/spec/v1\noid sha256:0\n");
  dir.put("readme.txt");
  fs::create_symlink("nowhere.wav", dir.path() / "03-01-05-01-01-02-04.wav");
  const Corpus corpus = read_ravdess(dir.path());
  REQUIRE(corpus.clips.size() == 1);
  CHECK(corpus.clips[0].path == dir.path() / "03-01-05-01-01-01-01.flac");
  CHECK(corpus.bad.size() == 12);
  CHECK(has(reason_for(corpus, "03-01-05-01-01-01-01.wav"), "second copy of"));
  CHECK(has(reason_for(corpus, "03-01-09-01-01-01-01.wav"), "emotion 09; RAVDESS has 01 to 08"));
  CHECK(has(reason_for(corpus, "03-01-05-01-01-01-25.wav"), "actor 25; RAVDESS has 01 to 24"));
  CHECK(has(reason_for(corpus, "03-01-05-01-03-01-01.wav"), "statement 03"));
  CHECK(has(reason_for(corpus, "03-01-00-01-01-01-01.wav"), "emotion 00"));
  CHECK(has(reason_for(corpus, "03-01-01-02-01-01-01.wav"), "neutral with strong"));
  CHECK(has(reason_for(corpus, "holiday.wav"), "not named like"));
  CHECK(has(reason_for(corpus, "03-01-05-01-01-01.wav"), "not named like"));
  CHECK(has(reason_for(corpus, "03-01-05-01-01-02-02.wav"), "empty"));
  CHECK(has(reason_for(corpus, "03-01-05-01-01-02-03.wav"), "git-lfs"));
  CHECK(has(reason_for(corpus, "03-01-05-01-01-02-04.wav"), "does not exist"));
}

TEST_CASE("A damaged file does not push out its sound copy", "[audio][corpus]") {
  const SoundFolder dir;
  dir.put("03-01-05-01-01-01-01.flac", "");
  dir.put("03-01-05-01-01-01-01.wav");
  const Corpus corpus = read_ravdess(dir.path());
  REQUIRE(corpus.clips.size() == 1);
  CHECK(corpus.clips[0].path.extension() == ".wav");
  CHECK(corpus.bad.size() == 1);
}

TEST_CASE("A link to a parent folder does not loop", "[audio][corpus]") {
  const SoundFolder dir;
  dir.put("Actor_01/03-01-05-01-01-01-01.wav");
  fs::create_directory_symlink(dir.path(), dir.path() / "Actor_01" / "up");
  const Corpus corpus = read_ravdess(dir.path());
  CHECK(corpus.clips.size() == 1);
  CHECK(corpus.bad.empty());
}

TEST_CASE("What hides in a corpus is passed over, and counted", "[audio][corpus]") {
  const SoundFolder dir;
  dir.put("Actor_01/03-01-05-01-01-01-01.wav");
  dir.put("Actor_02/03-01-06-01-01-01-02.wav");
  const char* hidden[] = {".Trash-1000/files/03-01-05-01-01-02-01.wav",
                          "Actor_01/._03-01-05-01-01-01-01.wav",
                          "Actor_01/.03-01-05-01-02-01-01.flac",
                          "Actor_01/.wav",
                          "__MACOSX/Actor_01/03-01-05-01-02-02-01.wav",
                          "$RECYCLE.BIN/S-1-5/03-01-01-01-01-01-01.WAV",
                          "Actor_02/@eaDir/03-01-05-01-01-01-02.wav",
                          "lost+found/03-01-07-01-01-01-02.wav",
                          "#recycle/deep/er/03-01-07-01-01-02-02.wav",
                          "System Volume Information/03-01-07-01-02-02-02.wav",
                          ".git/annex/objects/03-01-08-01-01-01-02.wav"};
  for (const char* name : hidden) dir.put(name);
  dir.put(".Trash-1000/info/note.txt");
  dir.put("Thumbs.db");
  // Reached through a hidden link or not: what is visible is taken.
  fs::create_directory_symlink(dir.path() / "Actor_02", dir.path() / ".a_link");
  fs::create_directory_symlink(dir.path(), dir.path() / ".self");
  for (const Corpus& corpus : {read_ravdess(dir.path()), open_corpus(dir.path())}) {
    CHECK(corpus.clips.size() == 2);
    CHECK(corpus.bad.empty());
    REQUIRE(corpus.notes.size() == 1);
    CHECK(has(corpus.notes[0], "passed over: 11 sound files that are hidden"));
  }
  const SoundFolder clean, only_hidden;
  clean.put("03-01-05-01-01-01-01.wav");
  clean.put(".cache/list.txt");
  CHECK(read_ravdess(clean.path()).notes.empty());
  only_hidden.put(".Trash/03-01-05-01-01-01-01.wav");
  CHECK(has(test::refusal([&] { open_corpus(only_hidden.path()); }),
            "passed over 1 sound file that is"));
  // The folder that was asked for may be hidden itself.
  CHECK(open_corpus(dir.path() / ".Trash-1000").clips.size() == 1);
}

TEST_CASE("Bad files by the hundred are summed up", "[audio][corpus]") {
  const SoundFolder dir;
  for (int k = 10; k < 25; ++k) dir.put("03-01-05-01-01-01-" + std::to_string(k) + ".wav", "");
  const Corpus corpus = read_ravdess(dir.path());
  REQUIRE(corpus.bad.size() == 15);
  const std::string text = summary(corpus.bad);
  CHECK(has(text, "-10.wav: is empty"));
  CHECK(has(text, "-12.wav: is empty (0 bytes); and 12 more"));
  CHECK(!has(text, "-13.wav"));
  CHECK(has(summary({corpus.bad[0]}), "-10.wav: is empty (0 bytes)"));
  CHECK(!has(summary({corpus.bad[0]}), "more"));
  CHECK(has(test::refusal([&] { open_corpus(dir.path()); }), "15 bad: "));
  CHECK(has(test::refusal([&] { open_corpus(dir.path()); }), "and 12 more"));
}

TEST_CASE("A RAVDESS name and its fields convert both ways", "[audio][corpus]") {
  RavdessName name;
  REQUIRE(parse_ravdess_name("03-01-05-02-01-02-12", name).empty());
  CHECK(name.emotion == 5);
  CHECK(name.intensity == 2);
  CHECK(name.repetition == 2);
  CHECK(name.actor == 12);
  CHECK(name.stem() == "03-01-05-02-01-02-12");
}

TEST_CASE("EMO-DB names become label, speaker and gender", "[audio][corpus]") {
  const SoundFolder dir;
  dir.put("03a01Fa.wav");
  dir.put("16b10Wb.flac");
  dir.put("08a02Na.wav");
  dir.put("03a01Xa.wav");
  dir.put("07a01Fa.wav");
  dir.put("03c01Fa.wav");
  const Corpus corpus = read_emodb(dir.path());
  CHECK(corpus.class_names == std::vector<std::string>{"anger", "happiness", "neutral"});
  REQUIRE(corpus.clips.size() == 3);
  CHECK(corpus.clips[0].label == 1);
  CHECK(corpus.clips[0].speaker == 3);
  CHECK(corpus.clips[0].column("gender") == "m");
  CHECK(corpus.clips[1].label == 2);
  CHECK(corpus.clips[1].column("gender") == "f");
  CHECK(corpus.clips[2].label == 0);
  CHECK(corpus.clips[2].speaker_name == "16");
  CHECK(corpus.clips[2].column("text") == "b10");
  CHECK(corpus.clips[2].column("emotion") == "anger");
  CHECK(has(reason_for(corpus, "03a01Xa.wav"), "emotion 'X'"));
  CHECK(has(reason_for(corpus, "07a01Fa.wav"), "speaker 07"));
  CHECK(has(reason_for(corpus, "03c01Fa.wav"), "not named like"));
}

TEST_CASE("A manifest is read with quotes, other columns and any order", "[audio][corpus]") {
  const SoundFolder dir;
  dir.put("wav/b.wav");
  dir.put("wav/a, \"the first\".ogg");
  const fs::path csv = dir.put("list.csv",
                               "\xEF\xBB\xBFlabel,path,speaker,age,gender,split\r\n"
                               "joy,wav/b.wav,12,30,f,train\r\n"
                               "\r\n"
                               "anger,\"wav/a, \"\"the first\"\".ogg\",7,31,male,test\r\n");
  const Corpus corpus = read_manifest(csv);
  CHECK(corpus.name == "list.csv");
  CHECK(corpus.class_names == std::vector<std::string>{"anger", "joy"});
  REQUIRE(corpus.clips.size() == 2);
  CHECK(corpus.clips[0].path == dir.path() / "wav/a, \"the first\".ogg");
  CHECK(corpus.clips[0].label == 0);
  CHECK(corpus.clips[0].speaker == 7);
  CHECK(corpus.clips[0].column("gender") == "m");
  CHECK(corpus.clips[0].column("split") == "test");
  CHECK(corpus.clips[1].label == 1);
  CHECK(corpus.clips[1].speaker == 12);
  CHECK(corpus.clips[1].column("gender") == "f");
}

TEST_CASE("Speakers with names are numbered in sorted order", "[audio][corpus]") {
  const SoundFolder dir;
  dir.put("a.wav");
  dir.put("b.wav");
  dir.put("c.wav");
  const Corpus corpus =
      read_manifest(dir.put("m.csv", "path,label,speaker\na.wav,x,tom\nb.wav,x,3\nc.wav,x,tom"));
  REQUIRE(corpus.clips.size() == 3);
  CHECK(corpus.clips[0].speaker == 2);
  CHECK(corpus.clips[1].speaker == 1);
  CHECK(corpus.clips[2].speaker == 2);
  CHECK(corpus.clips[0].column("gender").empty());
}

TEST_CASE("Missing, empty and repeated files of a manifest are bad, with their line",
          "[audio][corpus]") {
  const SoundFolder dir;
  dir.put("a.wav");
  dir.put("empty.wav", "");
  const Corpus corpus = read_manifest(dir.put(
      "m.csv", "path,label,speaker\na.wav,x,1\ngone.wav,y,1\nempty.wav,x,1\n./a.wav,x,1\n"));
  REQUIRE(corpus.clips.size() == 1);
  CHECK(corpus.class_names == std::vector<std::string>{"x"});
  CHECK(corpus.bad.size() == 3);
  CHECK(has(reason_for(corpus, "gone.wav"), "does not exist"));
  CHECK(has(reason_for(corpus, "gone.wav"), "m.csv line 3"));
  CHECK(has(reason_for(corpus, "empty.wav"), "empty"));
  CHECK(has(reason_for(corpus, "a.wav"), "line 5, but already on line 2"));
}

TEST_CASE("A malformed manifest is an error that names the line", "[audio][corpus]") {
  const SoundFolder dir;
  dir.put("a.wav");
  const auto error = [&](const std::string& content) {
    const fs::path csv = dir.put("m.csv", content);
    return test::refusal([&] { read_manifest(csv); });
  };
  CHECK(has(error(""), "m.csv is empty"));
  CHECK(has(error("file,label\na.wav,x\n"), "line 1: expects the header path,label,speaker"));
  CHECK(has(error("file,label\na.wav,x\n"), "got file,label"));
  CHECK(has(error("path,path,label,speaker\n"), "path is there twice"));
  CHECK(has(error("path,label,speaker\na.wav,x,1\na.wav,x\n"), "line 3: expects 3 fields"));
  CHECK(has(error("path,label,speaker\na.wav,,1\n"), "line 2: expects a label"));
  CHECK(has(error("path,label,speaker,gender\na.wav,x,1,q\n"), "line 2: expects gender"));
  CHECK(has(error("path,label,speaker\n\"a\"b.wav,x,1\n"), "line 2, column 4: expects a comma"));
  CHECK(has(error("path,label,speaker\n\"a.wav,x,1\n"), "no closing quote"));
  CHECK(has(test::refusal([&] { read_manifest(dir.path() / "none.csv"); }), "none.csv"));
}

TEST_CASE("open_corpus tells the corpora apart and says when nothing fits", "[audio][corpus]") {
  const SoundFolder ravdess, emodb, other, song, stubs;
  ravdess.put("Actor_01/03-01-05-01-01-01-01.wav");
  ravdess.put("Actor_01/03a01Fa.txt");
  emodb.put("wav/03a01Fa.wav");
  emodb.put("wav/03a02Wa.wav");
  other.put("hello.wav");
  song.put("03-02-05-01-01-01-01.wav");
  stubs.put("03-01-05-01-01-01-01.wav", "version https://git-lfs.github.com/spec/v1\n");
  CHECK(open_corpus(ravdess.path()).name == "RAVDESS");
  CHECK(open_corpus(emodb.path()).name == "EMO-DB");
  const std::string two = "path,label,speaker\nwav/03a01Fa.wav,x,1\nwav/03a02Wa.wav,y,1\n";
  CHECK(open_corpus(emodb.put("m.csv", two)).name == "m.csv");
  CHECK(open_corpus(emodb.put("M.CSV", two)).name == "M.CSV");
  CHECK(has(test::refusal([&] { open_corpus(other.path()); }), "found 1 .wav or .flac files in"));
  CHECK(has(test::refusal([&] { open_corpus(other.path()); }), "03-01-EE-II-SS-RR-AA.wav"));
  CHECK(has(test::refusal([&] { open_corpus(song.path()); }), "no audio-only speech"));
  CHECK(has(test::refusal([&] { open_corpus(stubs.path()); }), "git lfs pull"));
  CHECK(has(test::refusal([&] { open_corpus(other.path() / "hello.wav"); }), ".csv manifest, got"));
  CHECK(has(test::refusal([&] { open_corpus(other.path() / "gone"); }), "does not exist"));
  CHECK(has(test::refusal([&] { open_corpus(emodb.put("n.csv", "path,label,speaker\n")); }),
            "n.csv"));
}

TEST_CASE("The real RAVDESS and EMO-DB are read completely", "[audio][corpus]") {
  const fs::path data = test::shared_dir() / "data";
  if (!fs::exists(data / "ravdess")) {
    WARN("skipped: " << data << " is absent");
    return;
  }
  const Corpus ravdess = open_corpus(data / "ravdess");
  CHECK(ravdess.clips.size() == 1440);
  CHECK(ravdess.bad.empty());
  std::map<int, int> per_class, per_speaker;
  for (const Clip& clip : ravdess.clips) {
    ++per_class[clip.label];
    ++per_speaker[clip.speaker];
  }
  CHECK(per_class ==
        std::map<int, int>{
            {0, 96}, {1, 192}, {2, 192}, {3, 192}, {4, 192}, {5, 192}, {6, 192}, {7, 192}});
  CHECK(per_speaker.size() == 24);
  CHECK(std::all_of(per_speaker.begin(), per_speaker.end(), [](auto s) { return s.second == 60; }));

  const Corpus emodb = open_corpus(data / "emodb");
  CHECK(emodb.name == "EMO-DB");
  CHECK(emodb.class_names == std::vector<std::string>{"anger", "happiness", "sadness", "neutral"});
  std::map<int, int> emodb_classes;
  std::set<int> emodb_speakers;
  for (const Clip& clip : emodb.clips) {
    ++emodb_classes[clip.label];
    emodb_speakers.insert(clip.speaker);
  }
  CHECK(emodb_classes == std::map<int, int>{{0, 127}, {1, 71}, {2, 62}, {3, 79}});
  CHECK(emodb_speakers == std::set<int>{3, 8, 9, 10, 11, 12, 13, 14, 15, 16});
  CHECK(emodb.bad.empty());
}
