// From every layout of the synthetic corpus through the reader that it is made for.
#include <sonant/audio/synth_layout.h>

#include <map>
#include <set>
#include <string>

#include <sonant/audio/synth.h>

#include "support/catch.h"
#include "support/temp_folder.h"
#include "support/text.h"

using namespace sonant;
using namespace sonant::test;

TEST_CASE("Every layout is read by its own corpus' reader", "[audio][synth]") {
  struct Expected {
    std::string reader;
    std::size_t files, speakers, classes, left_out = 0;
  };
  // 8 actors, 4 of each sex; 30 utterances each: two neutral, four of each other emotion.
  const std::map<std::string, Expected> all = {{"ravdess", {"RAVDESS", 8 * 30, 8, 8}},
                                               {"emo-db", {"EMO-DB", 8 * 22, 8, 6}},
                                               {"crema-d", {"CREMA-D", 8 * 22, 8, 6}},
                                               {"savee", {"SAVEE", 4 * 26, 4, 7}},
                                               {"tess", {"TESS", 2 * 26, 2, 7}},
                                               {"casia", {"CASIA", 4 * 22, 4, 6}},
                                               {"iemocap", {"IEMOCAP", 8 * 30, 8, 9, 8 * 2}}};
  CHECK(known_synth_layouts().size() == all.size());
  for (const auto& [layout, expected] : all) {
    INFO(layout);
    const TempFolder folder;
    SynthSettings settings{.speakers = 8, .repetitions = 1, .sample_rate = 16000};
    settings.layout = layout;
    CHECK(synthesise_corpus(folder.path / "made", settings) == expected.files);
    CHECK(synthesise_corpus(folder.path / "made", settings) == expected.files);  // taken up again
    const Corpus corpus = open_corpus(folder.path / "made");
    CHECK(corpus.name == "synthetic");
    CHECK(corpus.bad.empty());
    CHECK(corpus.clips.size() == expected.files - expected.left_out);
    CHECK(corpus.class_names.size() == expected.classes);
    std::map<std::string, std::set<std::string>> genders;
    for (const Clip& clip : corpus.clips) genders[clip.speaker_name].insert(clip.column("gender"));
    CHECK(genders.size() == expected.speakers);
    for (const auto& [speaker, its] : genders) {
      INFO(speaker);
      CHECK(its.size() == 1);
      CHECK(its.count("") == 0);
    }
    // Without the note it is that corpus.
    std::filesystem::remove(folder.path / "made/SYNTHETIC.txt");
    CHECK(open_corpus(folder.path / "made").name == expected.reader);
    CHECK(reader_of(folder.path / "made").name == expected.reader);
  }
}

TEST_CASE("No layout has two utterances in one place", "[audio][synth]") {
  for (const SynthLayout& layout : synth_layouts()) {
    INFO(layout.name);
    std::set<std::filesystem::path> places;
    std::size_t files = 0;
    for (const RavdessName& name : synth_names({})) {
      const auto place = layout.place(name);
      if (!place) continue;
      ++files;
      places.insert(*place);
    }
    CHECK(places.size() == files);
  }
}

TEST_CASE("What no layout has is named", "[audio][synth]") {
  const TempFolder folder;
  SynthSettings settings{.speakers = 1};
  settings.layout = "tess";  // which has no men
  CHECK(has(refusal([&] { synthesise_corpus(folder.path / "x", settings); }),
            "expects speakers that the layout tess has, got the first 1"));
  CHECK(!std::filesystem::exists(folder.path / "x"));
  settings.layout = "tass";
  CHECK(has(
      refusal([&] { synthesise_corpus(folder.path / "x", settings); }),
      "expects a layout from ravdess, emo-db, crema-d, savee, tess, casia, iemocap, got \"tass\""));
}
