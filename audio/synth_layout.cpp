#include <sonant/audio/synth_layout.h>

#include <algorithm>
#include <array>
#include <map>
#include <string_view>

#include <sonant/core/text.h>
#include <sonant/core/usage.h>

namespace sonant {
namespace fs = std::filesystem;
namespace {

using Place = std::optional<fs::path>;

// In RAVDESS's order, neutral calm happy sad angry fearful disgust surprised; "": not there.
using Words = std::array<const char*, 8>;
const char* word(const Words& words, const RavdessName& name) {
  return words[static_cast<std::size_t>(name.emotion - 1)];
}
// Takes of one speaker and emotion, from 0 to 7.
int take(const RavdessName& n) {
  return 4 * (n.statement - 1) + 2 * (n.intensity - 1) + n.repetition - 1;
}
// Which of the men (odd actors) or of the women it is, from 0.
std::size_t rank(const RavdessName& n) { return static_cast<std::size_t>((n.actor - 1) / 2); }
bool is_man(const RavdessName& n) { return n.actor % 2 == 1; }

// The actor's name there; "" if that corpus has fewer of this sex.
template <std::size_t M, std::size_t F>
std::string speaker(const std::array<const char*, M>& men, const std::array<const char*, F>& women,
                    const RavdessName& n) {
  if (is_man(n)) return rank(n) < M ? men[rank(n)] : "";
  return rank(n) < F ? women[rank(n)] : "";
}

std::string two_digits(int number) { return (number < 10 ? "0" : "") + std::to_string(number); }

Place ravdess(const RavdessName& n) {
  return fs::path("Actor_" + two_digits(n.actor)) / (n.stem() + ".wav");
}

Place emodb(const RavdessName& n) {
  const std::string who = speaker(std::array{"03", "10", "11", "12", "15"},
                                  std::array{"08", "09", "13", "14", "16"}, n);
  const std::string_view what = word({"N", "", "F", "T", "W", "A", "E", ""}, n);
  if (who.empty() || what.empty()) return {};
  return fs::path("wav") / (who + "a0" + std::to_string(n.statement) + std::string(what) +
                            static_cast<char>('a' + take(n) % 4) + ".wav");
}

Place crema_d(const RavdessName& n) {
  static constexpr std::array sentences = {"IEO", "TIE", "IOM", "IWW"};
  const std::string_view what = word({"NEU", "", "HAP", "SAD", "ANG", "FEA", "DIS", ""}, n);
  if (what.empty()) return {};
  const int sentence = 2 * (n.statement - 1) + n.repetition - 1;
  return fs::path("AudioWAV") /
         ("10" + two_digits(n.actor) + "_" + sentences[static_cast<std::size_t>(sentence)] + "_" +
          std::string(what) + (n.intensity == 1 ? "_XX" : "_HI") + ".wav");
}
std::map<fs::path, std::string> demographics(std::span<const RavdessName>) {
  std::string text = "ActorID,Age,Sex,Race,Ethnicity\n";
  for (int actor = 1; actor <= 24; ++actor)
    text +=
        "10" + two_digits(actor) + ",0," + (actor % 2 == 1 ? "Male" : "Female") + ",none,none\n";
  return {{"VideoDemographics.csv", text}};
}

Place savee(const RavdessName& n) {
  const std::string who =
      speaker(std::array{"DC", "JE", "JK", "KL"}, std::array<const char*, 0>{}, n);
  const std::string_view what = word({"n", "", "h", "sa", "a", "f", "d", "su"}, n);
  if (who.empty() || what.empty()) return {};
  return fs::path("AudioData") / who / (std::string(what) + two_digits(1 + take(n)) + ".wav");
}

Place tess(const RavdessName& n) {
  static constexpr std::array words = {"back", "bar", "base", "bath",
                                       "bean", "beg", "bite", "boat"};
  const std::string who = speaker(std::array<const char*, 0>{}, std::array{"OAF", "YAF"}, n);
  const std::string what =
      word({"neutral", "", "happy", "sad", "angry", "fear", "disgust", "ps"}, n);
  if (who.empty() || what.empty()) return {};
  return fs::path(who + "_" + (what == "ps" ? "pleasant_surprised" : what)) /
         (who + "_" + words[static_cast<std::size_t>(take(n))] + "_" + what + ".wav");
}

Place casia(const RavdessName& n) {
  const std::string who =
      speaker(std::array{"wangzhe", "ZhaoZuoxiang"}, std::array{"liuchanhg", "zhaoquanyin"}, n);
  const std::string what =
      word({"neutral", "", "happy", "sad", "angry", "fear", "", "surprise"}, n);
  if (who.empty() || what.empty()) return {};
  return fs::path(who) / what / (std::to_string(201 + take(n)) + ".wav");
}

// Sessions of a man and a woman each; the first statement is improvised, the second one scripted.
std::string iemocap_dialogue(const RavdessName& n) {
  return "Ses0" + std::to_string(rank(n) + 1) + (n.repetition == 1 ? "F" : "M") +
         (n.statement == 1 ? "_impro01" : "_script01_1");
}
std::string iemocap_turn(const RavdessName& n) {
  return iemocap_dialogue(n) + (is_man(n) ? "_M0" : "_F0") + std::to_string(n.emotion) +
         std::to_string(n.intensity);
}
Place iemocap(const RavdessName& n) {
  if (rank(n) > 4) return {};
  return fs::path("Session" + std::to_string(rank(n) + 1)) / "sentences/wav" / iemocap_dialogue(n) /
         (iemocap_turn(n) + ".wav");
}
// Weak calm is what no majority agrees on, strong happiness is excitement.
std::map<fs::path, std::string> iemocap_labels(std::span<const RavdessName> names) {
  std::map<fs::path, std::string> files;
  int seconds = 0;
  for (const RavdessName& n : names) {
    const std::string dialogue = iemocap_dialogue(n);
    std::string& text = files[fs::path("Session" + std::to_string(rank(n) + 1)) /
                              "dialog/EmoEvaluation" / (dialogue + ".txt")];
    if (text.empty()) text = "% [START_TIME - END_TIME] TURN_NAME EMOTION [V, A, D]\n\n";
    std::string code = word({"neu", "fru", "hap", "sad", "ang", "fea", "dis", "sur"}, n);
    if (code == "fru" && n.intensity == 1) code = "xxx";
    if (code == "hap" && n.intensity == 2) code = "exc";
    const std::string start = std::to_string(++seconds) + ".0000";
    text += "[" + start + " - " + std::to_string(seconds + 1) + ".0000]\t" + iemocap_turn(n) +
            "\t" + code + "\t[" +
            word({"3.0", "3.5", "4.5", "1.5", "1.5", "2.0", "2.0", "3.5"}, n) + "000, " +
            (n.intensity == 1 ? "2.5" : "3.5") + "000, 3.0000]\n";
    text += "C-E1:\tNeutral;\t()\nA-E1:\tval 3; act 3; dom  3;\t()\n\n";
  }
  return files;
}

}  // namespace

const std::vector<SynthLayout>& synth_layouts() {
  static const std::vector<SynthLayout> rows = {{"ravdess", ravdess},
                                                {"emo-db", emodb},
                                                {"crema-d", crema_d, demographics},
                                                {"savee", savee},
                                                {"tess", tess},
                                                {"casia", casia},
                                                {"iemocap", iemocap, iemocap_labels}};
  return rows;
}

std::vector<std::string> known_synth_layouts() {
  std::vector<std::string> names;
  for (const SynthLayout& row : synth_layouts()) names.push_back(row.name);
  return names;
}

const SynthLayout& find_synth_layout(const std::string& name) {
  const auto& rows = synth_layouts();
  const auto found = std::ranges::find(rows, name, &SynthLayout::name);
  check_usage(found != rows.end(), "synth", "expects a layout from ", joined(known_synth_layouts()),
              ", got \"", name, "\"");
  return *found;
}

}  // namespace sonant
