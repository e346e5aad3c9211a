#include <sonant/audio/corpora/label_map.h>
#include <sonant/core/usage.h>

#include "audio/sound_folder.h"
#include "support/catch.h"
#include "support/text.h"

using namespace sonant;
using namespace sonant::test;
using Words = std::vector<std::string>;

namespace {

Corpus emodb() {
  Corpus corpus;
  corpus.name = "EMO-DB";
  corpus.class_names = {"anger", "boredom", "happiness", "neutral"};
  for (int label : {0, 1, 1, 2, 3}) {
    Clip clip;
    clip.path = "clip" + std::to_string(corpus.clips.size());
    clip.label = label;
    clip.columns["emotion"] = corpus.class_names[static_cast<std::size_t>(label)];
    corpus.clips.push_back(clip);
  }
  return corpus;
}

std::vector<int> labels(const Corpus& corpus) {
  std::vector<int> all;
  for (const Clip& clip : corpus.clips) all.push_back(clip.label);
  return all;
}

std::string refusal(const char* map, std::vector<std::string> classes = {}) {
  return test::refusal([&] { relabel(emodb(), parse_label_map(map), classes); });
}

}  // namespace

TEST_CASE("A label map is read from a line", "[audio][corpus]") {
  CHECK(parse_label_map("anger=angry, happiness = happy,neutral") ==
        LabelMap{{"anger", "angry"}, {"happiness", "happy"}, {"neutral", "neutral"}});
  for (const char* text : {"", "a=b,", "=b", "a=", ",a"}) {
    INFO(text);
    CHECK_THROWS_AS(parse_label_map(text), UsageError);
  }
  CHECK(has(test::refusal([] { parse_label_map("a=b,c,a=d"); }), "\"a\" is there twice"));
}

TEST_CASE("Classes get other names, several the same, and others are left out", "[audio][corpus]") {
  const Corpus corpus = relabel(emodb(), parse_label_map("neutral,anger=angry,happiness=neutral"));
  CHECK(corpus.class_names == Words{"neutral", "angry"});
  CHECK(labels(corpus) == std::vector<int>{1, 0, 0});
  CHECK(corpus.clips[0].column("emotion") == "angry");
  CHECK(corpus.clips[1].path == "clip3");
  CHECK(corpus.clips[1].column("emotion") == "neutral");
  CHECK(corpus.notes == Words{"EMO-DB: 2 clips of other classes left out: boredom 2"});
  CHECK(relabel(emodb(), parse_label_map("anger,boredom,happiness,neutral")).notes.empty());
}

TEST_CASE("Classes take the places that a model has for them", "[audio][corpus]") {
  const Words model{"calm", "happy", "angry"};
  const Corpus corpus = relabel(emodb(), parse_label_map("anger=angry,happiness=happy"), model);
  CHECK(corpus.class_names == model);
  CHECK(labels(corpus) == std::vector<int>{2, 1});
  CHECK(corpus.notes == Words{"EMO-DB: 3 clips of other classes left out: boredom 2, neutral 1"});
  CHECK(has(refusal("anger=cross", model),
            "\"anger\" cannot become \"cross\"; expected one of calm, happy, angry"));
}

TEST_CASE("A class that the corpus does not have is named, with those it has", "[audio][corpus]") {
  CHECK(has(refusal("angry=anger"),
            "EMO-DB: has no class \"angry\"; expected one of anger, "
            "boredom, happiness, neutral"));
  CHECK_THROWS_AS(relabel(emodb(), {{"fear", "fear"}}), UsageError);
  Corpus silent = emodb();
  silent.clips.resize(1);
  CHECK(has(test::refusal([&] {
              relabel(silent, {{"neutral", "calm"}});
            }),
            "no clip is of one of"));
}
