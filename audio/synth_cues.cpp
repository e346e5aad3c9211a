#include <sonant/audio/synth_cues.h>

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace sonant::synth {
namespace {

// clang-format off
// An even, friendly reading.
constexpr Cues kNeutral =
//   pitch range slope ending tempo pause level  open  tilt breath jitter tremor onset
   {   0,    0,   -3,    -2,    0,   20,  -28,  .60,   10,  -26,   .6,   .05,    25};

// What an emotion adds at full expressiveness. Directions after Banse & Scherer (1996), Juslin &
// Laukka (2003) and, for voice quality, Gobl & Ni Chasaide (2003).
constexpr std::array<Cues, 8> kEmotions{{
//   pitch range slope ending tempo pause level  open  tilt breath jitter tremor onset
   {   0,    0,    0,     0,    0,    0,    0,    0,    0,    0,    0,     0,     0},   // neutral
   {  -1,  -.4,    1,     1, -.20,   50,   -3,  .06,    5,    5,  -.1,     0,    15},   // calm
   { 3.5,   .7,    2,     2,  .12,  -10,    4, -.03,   -4,    0,   .1,   .05,    -5},   // happy
   {  -1,  -.7,   -1,    -1, -.30,  110,   -5,  .08,    7,    6,   .4,   .15,    15},   // sad
   { 3.5,   .5,   -2,    -3,  .18,  -20,    7, -.14,   -7,   -4,   .9,     0,   -15},   // angry
   {   5,  -.1,    1,     1,  .28,  -10,    1,  .04,    1,    5,   .9,   .50,    -5},   // fearful
   {  -2,   .2,   -2,    -2, -.22,   60,    1, -.10,    0,    0,  1.6,   .05,     5},   // disgust
   {   5,   .8,    3,     7,  .04,    0,    3,    0,   -2,    3,   .1,   .05,    -5},   // surprised
}};

// Standard deviations at difficulty 1: of habits between speakers, of one speaker's idea of an
// emotion, and of the takes of one speaker and emotion.
constexpr Cues kBetweenSpeakers =
//   pitch range slope ending tempo pause level  open  tilt breath jitter tremor onset
   {   0,  .12,   .5,   .5,   .07,   10,  1.4,  .02,  1.6,  1.3,   .10,   .02,  2.5};
constexpr Cues kSpeakersEmotion =
   {  .7,  .15,   .6,   .7,   .05,   15,  1.0, .015,  1.2,   .9,   .15,  .035,  2.0};
constexpr Cues kBetweenTakes =
   {  .8,  .15,   .8,  1.0,   .06,   20,  1.2, .015,  1.1,   .9,   .15,   .04,  3.0};

constexpr Cues kLeast =
   { -12,  -3,  -20,   -20,  -1.0,    0,  -60,  .35,    0,  -40,   .05,     0,    3};
constexpr Cues kMost =
   {  18,   2,   20,    20,   1.0,  400,  -14,  .90,   30,   -6,     6,     2,   80};
// clang-format on

// Independent uses of one seed.
enum Use : std::uint64_t { speaker_use = 1, habit_use, idea_use, take_use };

Random use(const SynthSettings& settings, Use what, int id) {
  constexpr std::uint64_t stream = 0x53594e5448;  // "SYNTH": apart from a training run of this seed
  return Random(settings.seed, stream).split(what).split(static_cast<std::uint64_t>(id));
}

}  // namespace

Speaker make_speaker(const SynthSettings& settings, int id) {
  const Random random = use(settings, speaker_use, id);
  const Random habits = use(settings, habit_use, id);
  const bool male = id % 2 == 1;
  Speaker speaker{};
  // Mean and spread of adult speakers: about 115 and 205 Hz, two semitones (Traunmuller & Eriksson
  // 1995); female vocal tracts are about a seventh shorter (Fitch & Giedd 1999).
  speaker.f0_hz = (male ? 115.0 : 205.0) * std::exp2(2.0 / 12 * random.normal(0));
  speaker.formant_scale = (male ? 1.0 : 1.16) * std::exp(0.035 * random.normal(1));
  speaker.expressiveness =
      std::clamp(1.0 + 0.13 * settings.difficulty * random.normal(2), 0.5, 1.5);
  speaker.room_dbfs = -74.0 + 3.0 * std::clamp(random.normal(3), -2.0, 2.0);
  for (std::size_t c = 0; c < cue_count; ++c)
    speaker.habit[c] = settings.difficulty * kBetweenSpeakers[c] * habits.normal(c);
  return speaker;
}

Cues draw_cues(const SynthSettings& settings, const Speaker& speaker, const RavdessName& name) {
  const Random idea = use(settings, idea_use, name.actor * 8 + name.emotion - 1);
  const Random take = utterance_random(settings, name).split(0);
  // Strong against normal intensity, on either side of the profile.
  const double strength = (name.intensity == 2 ? 1.3 : 0.85) * speaker.expressiveness;
  const Cues& emotion = kEmotions[static_cast<std::size_t>(name.emotion - 1)];
  Cues cues;
  for (std::size_t c = 0; c < cue_count; ++c) {
    const double stray = kSpeakersEmotion[c] * idea.normal(c) + kBetweenTakes[c] * take.normal(c);
    cues[c] = kNeutral[c] + speaker.habit[c] + strength * emotion[c] + settings.difficulty * stray;
    cues[c] = std::clamp(cues[c], kLeast[c], kMost[c]);
  }
  return cues;
}

Random utterance_random(const SynthSettings& settings, const RavdessName& name) {
  const int file = ((name.emotion * 2 + name.intensity) * 2 + name.statement) * 2 + name.repetition;
  return use(settings, take_use, name.actor).split(static_cast<std::uint64_t>(file));
}

}  // namespace sonant::synth
