// Corpora that are not at hand: trees with their names and no sound.
#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include <sonant/audio/corpora/casia.h>
#include <sonant/audio/corpora/crema_d.h>
#include <sonant/audio/corpora/savee.h>
#include <sonant/audio/corpora/tess.h>

#include "audio/sound_folder.h"
#include "support/catch.h"
#include "support/text.h"

using namespace sonant;
using namespace sonant::test;

namespace {

using Columns = std::map<std::string, std::string, std::less<>>;
using Names = std::vector<std::string>;

// Why each bad file is one.
Names reasons(const Corpus& corpus) {
  Names all;
  for (const BadFile& bad : corpus.bad) all.push_back(bad.reason);
  return all;
}

bool notes_have(const Corpus& corpus, const std::string& part) {
  return std::ranges::any_of(corpus.notes, [&](const auto& note) { return has(note, part); });
}

}  // namespace

TEST_CASE("CREMA-D: names, the demographics, what is left out", "[audio][corpus]") {
  const SoundFolder dir;
  dir.put("AudioWAV/1001_DFA_ANG_XX.wav");
  dir.put("AudioWAV/1002_IEO_SAD_LO.wav");
  dir.put("AudioWAV/1040_ITH_SAD_X.wav");  // one X only
  dir.put("AudioWAV/1076_MTI_SAD_XX.wav");
  dir.put("AudioWAV/1064_IEO_DIS_MD.wav");
  dir.put("AudioWAV/1001_DFA_JOY_XX.wav");
  dir.put("AudioWAV/1001_DFA_ANG_ZZ.wav");
  dir.put("AudioWAV/2001_DFA_ANG_XX.wav");
  CHECK(reader_of(dir.path()).name == "CREMA-D");
  Corpus corpus = read_crema_d(dir.path() / "AudioWAV");
  REQUIRE(corpus.clips.size() == 3);
  CHECK(corpus.clips[0].speaker_name == "1001");
  CHECK(corpus.clips[0].speaker == 1001);
  CHECK(corpus.clips[0].columns ==
        Columns{{"emotion", "anger"}, {"intensity", "unspecified"}, {"statement", "DFA"}});
  CHECK(corpus.clips[1].column("intensity") == "low");
  CHECK(corpus.clips[2].column("intensity") == "unspecified");
  CHECK(corpus.class_names == Names{"anger", "sadness"});
  CHECK(corpus.left_out == 2);
  CHECK(notes_have(corpus,
                   "left out: 1064_IEO_DIS_MD (a minute with all emotions in it), "
                   "1076_MTI_SAD_XX (no speech)"));
  CHECK(notes_have(corpus, "no VideoDemographics.csv"));
  CHECK(reasons(corpus) == Names{"has level ZZ; CREMA-D has LO MD HI XX",
                                 "has emotion JOY; CREMA-D has ANG DIS FEA HAP NEU SAD",
                                 "is not named like CREMA-D's 1001_DFA_ANG_XX"});

  dir.put("VideoDemographics.csv", "ActorID,Age,Sex,Race\n1001,51,Male,x\n1002,21,Female,x\n");
  for (const auto& at : {dir.path(), dir.path() / "AudioWAV"}) {
    corpus = read_crema_d(at);
    CHECK(corpus.clips[0].column("gender") == "m");
    CHECK(corpus.clips[1].column("gender") == "f");
    CHECK(corpus.clips[2].column("gender") == "");  // not in the list
    CHECK(notes_have(corpus, "VideoDemographics.csv lacks actors 1040"));
  }
  dir.put("VideoDemographics.csv", "ActorID,Age,Sex\n1001,51,unknown\n");
  CHECK(has(refusal([&] { read_crema_d(dir.path()); }),
            "VideoDemographics.csv:2: expects Female or Male, got unknown"));
  dir.put("VideoDemographics.csv", "Actor;Sex\n");
  CHECK(has(refusal([&] { read_crema_d(dir.path()); }), "expects the columns ActorID and Sex"));
  dir.put("VideoDemographics.csv", "ActorID,Age,Sex\n1001,51\n");
  CHECK(has(refusal([&] { read_crema_d(dir.path()); }), "expects 3 fields, got 2"));
}

TEST_CASE("SAVEE: the speaker is the folder or stands in front", "[audio][corpus]") {
  const SoundFolder dir;
  dir.put("AudioData/DC/a01.wav");
  dir.put("AudioData/KL/a01.wav");
  dir.put("AudioData/KL/su15.wav");
  dir.put("flat/JE_sa03.wav");
  dir.put("flat/DC_a01.wav");  // the first one again
  dir.put("flat/h04.wav");
  dir.put("AudioData/JK/x01.wav");
  CHECK(reader_of(dir.path()).name == "SAVEE");
  const Corpus corpus = read_savee(dir.path());
  REQUIRE(corpus.clips.size() == 4);  // by file name
  std::map<std::string, std::string> emotions;
  for (const Clip& clip : corpus.clips)
    emotions[clip.speaker_name + clip.column("statement") + clip.column("gender")] +=
        clip.column("emotion");
  CHECK(emotions ==
        std::map<std::string, std::string>{
            {"DC01m", "anger"}, {"JE03m", "sadness"}, {"KL01m", "anger"}, {"KL15m", "surprise"}});
  REQUIRE(corpus.bad.size() == 3);
  CHECK(std::ranges::any_of(reasons(corpus), [](const auto& r) { return has(r, "second copy"); }));
  CHECK(std::ranges::count(reasons(corpus), "is not named like SAVEE's DC/a01 or DC_a01") == 1);
  CHECK(std::ranges::count(reasons(corpus),
                           "has speaker flat; SAVEE has DC JE JK KL, as folder "
                           "or in front of the name") == 1);
}

TEST_CASE("SAVEE: one speaker's folder", "[audio][corpus]") {
  const SoundFolder dir;
  dir.put("DC/a01.wav");
  dir.put("DC/n01.wav");
  const Corpus corpus = open_corpus(dir.path() / "DC");
  CHECK(corpus.name == "SAVEE");
  CHECK(corpus.bad.empty());
  CHECK(corpus.clips.at(0).speaker_name == "DC");
}

TEST_CASE("TESS: capitals or not, OA is OAF", "[audio][corpus]") {
  const SoundFolder dir;
  dir.put("OAF_Fear/OAF_back_fear.wav");
  dir.put("OAF_neutral/OA_bite_neutral.wav");
  dir.put("YAF_pleasant_surprised/YAF_back_ps.wav");
  dir.put("yaf_sad/yaf_Gap_SAD.wav");
  dir.put("TESS/OAF_Fear/OAF_back_fear.wav");  // some copies hold the tree twice
  dir.put("OAF_Fear/OAF_back.wav");
  CHECK(reader_of(dir.path()).name == "TESS");
  const Corpus corpus = read_tess(dir.path());
  REQUIRE(corpus.clips.size() == 4);
  CHECK(corpus.class_names == Names{"fear", "neutral", "pleasant surprise", "sad"});
  std::map<std::string, std::string> speakers;
  for (const Clip& clip : corpus.clips) {
    CHECK(clip.column("gender") == "f");
    speakers[clip.column("emotion")] = clip.speaker_name + " " + clip.column("statement");
  }
  CHECK(speakers == std::map<std::string, std::string>{{"fear", "OAF back"},
                                                       {"neutral", "OAF bite"},
                                                       {"pleasant surprise", "YAF back"},
                                                       {"sad", "YAF gap"}});
  CHECK(corpus.bad.size() == 2);
}

TEST_CASE("CASIA: one speaker and one emotion somewhere in the path", "[audio][corpus]") {
  const SoundFolder dir;
  dir.put("liuchanhg/angry/201.wav");
  dir.put("liuchanhg/happy/201.wav");
  dir.put("surprise/202-surprise-ZhaoZuoxiang.wav");
  dir.put("x/liuchanhg_sad_203.wav");
  dir.put("set/Zhe.Wang/normal/204.wav");
  dir.put("set/Quanyin.Zhao/fear/205.wav");
  dir.put("wangzhe/angry/sad/206.wav");
  dir.put("angry/207.wav");
  CHECK(reader_of(dir.path()).name == "CASIA");
  const Corpus corpus = read_casia(dir.path());
  std::map<std::string, std::string> found;
  for (const Clip& clip : corpus.clips)
    found[clip.column("statement") + clip.column("emotion")] =
        clip.speaker_name + " " + clip.column("gender");
  CHECK(found == std::map<std::string, std::string>{{"201angry", "liuchanhg f"},
                                                    {"201happy", "liuchanhg f"},
                                                    {"202surprise", "ZhaoZuoxiang m"},
                                                    {"203sad", "liuchanhg f"},
                                                    {"204neutral", "wangzhe m"},
                                                    {"205fear", "zhaoquanyin f"}});
  CHECK(reasons(corpus) ==
        Names{"names 1 of CASIA's speakers and 2 of its emotions; expected one each, as "
              "liuchanhg/angry/201",
              "names 0 of CASIA's speakers and 1 of its emotions; expected one each, as "
              "liuchanhg/angry/201"});
}
