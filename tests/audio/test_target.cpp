#include <sonant/audio/corpora/manifest.h>
#include <sonant/audio/corpora/ravdess.h>
#include <sonant/audio/corpora/target.h>
#include <sonant/core/usage.h>

#include "audio/sound_folder.h"
#include "support/catch.h"
#include "support/text.h"

using namespace sonant;
using namespace sonant::test;
using Words = std::vector<std::string>;

namespace {

Corpus manifest() {
  const SoundFolder dir;
  for (const char* name : {"a.wav", "b.wav", "c.wav"}) dir.put(name);
  return read_manifest(dir.put("m.csv",
                               "path,label,speaker,gender,session,arousal,valence,room,age\n"
                               "a.wav,calm,anna,f,10,-0.5,1e-3,hall,30\n"
                               "b.wav,cross,tom,M,2,2,nan,hall,\n"
                               "c.wav,calm,anna,female,2,3.25,inf,hall,41\n"));
}

std::string refusal(const Corpus& corpus, const char* column,
                    TargetKind kind = TargetKind::classes) {
  return test::refusal([&] { target(corpus, column, kind); });
}

}  // namespace

TEST_CASE("Any column is a target of classes", "[audio][corpus]") {
  const Corpus corpus = manifest();
  CHECK(columns_of(corpus) ==
        Words{"age", "arousal", "gender", "label", "room", "session", "speaker", "valence"});
  const Target label = target(corpus, "label");
  CHECK(label.name == "label");
  CHECK(label.class_names == Words{"calm", "cross"});
  CHECK(label.labels == std::vector<int>{0, 1, 0});
  CHECK(label.numbers.empty());
  CHECK(target(corpus, "gender").labels == std::vector<int>{0, 1, 0});
  CHECK(target(corpus, "gender").class_names == Words{"f", "m"});
  CHECK(target(corpus, "speaker").class_names == Words{"anna", "tom"});
  CHECK(target(corpus, "session").class_names == Words{"10", "2"});
  CHECK(target(corpus, "session").labels == std::vector<int>{0, 1, 1});
}

TEST_CASE("A column of numbers is a target of numbers", "[audio][corpus]") {
  const Corpus corpus = manifest();
  const Target arousal = target(corpus, "arousal", TargetKind::numbers);
  CHECK(arousal.numbers == std::vector<double>{-0.5, 2, 3.25});
  CHECK(arousal.class_names.empty());
  CHECK(arousal.labels.empty());
  CHECK(target(corpus, "session", TargetKind::numbers).numbers == std::vector<double>{10, 2, 2});
  CHECK(has(refusal(corpus, "valence", TargetKind::numbers),
            "b.wav: expects a finite number as its valence, got \"nan\""));
  CHECK(has(refusal(corpus, "label", TargetKind::numbers), "as its label, got \"calm\""));
}

TEST_CASE("A target that cannot be is refused", "[audio][corpus]") {
  const Corpus corpus = manifest();
  CHECK_THROWS_AS(target(corpus, "emotion"), UsageError);
  CHECK(has(refusal(corpus, "emotion"),
            "m.csv: has no column \"emotion\"; expected one of age, arousal, gender, label"));
  CHECK(has(refusal(corpus, "age"), "m.csv: 1 of 3 clips have no value of age, first "));
  CHECK(has(refusal(corpus, "age"), "b.wav; expected one for each clip"));
  CHECK(has(refusal(corpus, "room"), "all 3 clips have the same room, \"hall\""));
  Corpus same = corpus;
  for (Clip& clip : same.clips) clip.columns["arousal"] = "1";
  CHECK(has(refusal(same, "arousal", TargetKind::numbers), "the same arousal, \"1\""));
}

TEST_CASE("The classes of a corpus keep their own order", "[audio][corpus]") {
  const SoundFolder dir;
  dir.put("03-01-08-01-01-01-01.wav");
  dir.put("03-01-03-02-01-01-02.wav");
  const Corpus corpus = read_ravdess(dir.path());
  const Target emotion = target(corpus, "emotion");
  CHECK(emotion.class_names == corpus.class_names);
  CHECK(emotion.labels == std::vector<int>{2, 7});
  const Corpus by_intensity = with_target(corpus, "intensity");
  CHECK(by_intensity.target == "intensity");
  CHECK(by_intensity.class_names == Words{"normal", "strong"});
  CHECK(by_intensity.clips[0].label == 1);
  CHECK(by_intensity.clips[1].label == 0);
  CHECK(with_target(by_intensity, "emotion").class_names == Words{"happy", "surprised"});
  // Labels made by hand stand in no column.
  Corpus by_hand;
  by_hand.class_names = {"rising", "falling"};
  by_hand.clips.resize(2);
  by_hand.clips[1].label = 1;
  CHECK(target(by_hand, "emotion").labels == std::vector<int>{0, 1});
  CHECK(columns_of(by_hand) == Words{"emotion"});
}
