// A corpus that the library does not know, added by a program: docs/contributing.md.
#include <sonant/audio/corpora/reader.h>
#include <sonant/audio/corpora/target.h>
#include <sonant/audio/corpus_files.h>
#include <sonant/core/usage.h>

#include <algorithm>

#include "audio/sound_folder.h"
#include "support/catch.h"
#include "support/text.h"

namespace fs = std::filesystem;
using namespace sonant;
using namespace sonant::test;

namespace {

// A corpus of a program's own, PLAYS: p1_a01.wav, p4_sa15.wav.
bool parse(const std::string& stem, Clip& clip) {
  const std::size_t bar = stem.find('_');
  if (bar != 2 || stem.size() < 6) return false;
  const std::string code = stem.substr(3, stem.size() - 5);
  if (code != "a" && code != "n" && code != "sa") return false;
  clip.speaker_name = stem.substr(0, bar);
  clip.columns = {{"emotion", code == "a"   ? "anger"
                              : code == "n" ? "neutral"
                                            : "sadness"},
                  {"gender", "m"},
                  {"text", stem.substr(stem.size() - 2)}};
  return true;
}

CorpusReader plays() {
  const auto detects = [](const fs::path&, const std::vector<fs::path>& sounds) {
    return static_cast<std::size_t>(std::ranges::count_if(sounds, [](const fs::path& sound) {
      Clip clip;
      return parse(sound.stem().string(), clip);
    }));
  };
  const auto reads = [](const fs::path& at) {
    Corpus corpus;
    const auto read_name = [](const std::string& stem, Clip& clip, std::string& reason) {
      if (parse(stem, clip)) return corpus_files::Verdict::clip;
      reason = "is not named like PLAYS' p1_a01";
      return corpus_files::Verdict::bad;
    };
    corpus_files::sort_out(at, read_name, corpus);
    return corpus;
  };
  return {.name = "PLAYS",
          .expects = "PLAYS' p1_a01.wav",
          .detects = detects,
          .reads = reads,
          .license = "research only",
          .source = "by its author"};
}

}  // namespace

TEST_CASE("Every reader has a row, and knows its own", "[audio][corpus]") {
  std::vector<std::string> names;
  for (const CorpusReader* row : corpus_readers()) names.push_back(row->name);
  for (const char* name : {"synthetic", "RAVDESS", "EMO-DB", "CREMA-D", "SAVEE", "TESS", "CASIA",
                           "IEMOCAP", "manifest"})
    CHECK(std::ranges::count(names, name) == 1);
  const SoundFolder ravdess, mixed;
  ravdess.put("03-01-05-01-01-01-01.wav");
  CHECK(reader_of(ravdess.path()).name == "RAVDESS");
  ravdess.put("SYNTHETIC.txt", "No person spoke.");
  CHECK(reader_of(ravdess.path()).name == "synthetic");
  CHECK(reader_of(ravdess.put("list.CSV", "")).name == "manifest");
  mixed.put("03-01-05-01-01-01-01.wav");
  mixed.put("03a01Fa.wav");
  CHECK(reader_of(mixed.path()).name == "RAVDESS");  // of equals the first
  mixed.put("03a01Wa.wav");
  CHECK(reader_of(mixed.path()).name == "EMO-DB");
  CHECK(reader_of(mixed.path()).license == "free for research");
}

TEST_CASE("A program adds a corpus of its own", "[audio][corpus]") {
  const SoundFolder dir;
  dir.put("p4_n01.wav");
  dir.put("p1_a01.wav");
  dir.put("p1_sa15.wav");
  dir.put("p3_x01.wav");
  const auto rows = corpus_readers();
  if (std::ranges::count(rows, "PLAYS", &CorpusReader::name) == 0) {  // cases run in any order
    CHECK(has(test::refusal([&] { open_corpus(dir.path()); }),
              "or IEMOCAP's Ses01F_impro01_M000.wav or a .csv"));
    register_corpus(plays());
  }
  const Corpus corpus = open_corpus(dir.path());
  CHECK(corpus.name == "PLAYS");
  CHECK(corpus.class_names == std::vector<std::string>{"anger", "neutral", "sadness"});
  REQUIRE(corpus.clips.size() == 3);
  CHECK(corpus.clips[1].label == 2);
  CHECK(corpus.clips[1].speaker == 1);
  CHECK(corpus.clips[2].speaker_name == "p4");
  CHECK(corpus.clips[2].speaker == 2);
  CHECK(corpus.clips[2].label == 1);
  CHECK(target(corpus, "text").class_names == std::vector<std::string>{"01", "15"});
  REQUIRE(corpus.bad.size() == 1);
  CHECK(corpus.bad[0].reason == "is not named like PLAYS' p1_a01");
  const SoundFolder other;
  other.put("hello.wav");
  CHECK(has(test::refusal([&] { open_corpus(other.path()); }),
            "expected PLAYS' p1_a01.wav or RAVDESS"));
  CHECK_THROWS_AS(register_corpus(plays()), UsageError);
  CorpusReader half = plays();
  half.name = "half";
  half.reads = {};
  CHECK(has(test::refusal([&] { register_corpus(half); }), "\"half\" with a part missing"));
}

TEST_CASE("What a reader of one's own forgets is named", "[audio][corpus]") {
  Corpus corpus;
  corpus.name = "own";
  corpus.clips.resize(2);
  corpus.clips[0].path = "a.wav";
  corpus.clips[1].path = "b.wav";
  for (Clip& clip : corpus.clips) clip.speaker_name = "anna";
  corpus.clips[0].columns["emotion"] = "calm";
  CHECK(has(test::refusal([&] {
              Corpus c = corpus;
              number_clips(c);
            }),
            "own: b.wav: expects a value of emotion, got none"));
  corpus.clips[1].columns["emotion"] = "angry";
  corpus.clips[1].speaker_name = "";
  CHECK(has(test::refusal([&] {
              Corpus c = corpus;
              number_clips(c);
            }),
            "b.wav: expects a speaker"));
  corpus.clips[1].speaker_name = "tom";
  corpus.class_names = {"calm", "cross"};
  CHECK(has(test::refusal([&] {
              Corpus c = corpus;
              number_clips(c);
            }),
            "b.wav: has the emotion \"angry\", which is none of the classes"));
  corpus.class_names = {"calm", "angry"};
  number_clips(corpus);
  CHECK(corpus.clips[1].label == 1);
}
