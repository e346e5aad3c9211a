#include <sonant/audio/synth_phones.h>

namespace sonant::synth {
namespace {

// Vowel formants after Peterson & Barney (1952), consonant loci and noises after Klatt (1980),
// rounded. A plosive is a closure and a release.
// clang-format off
//                      from               to             ms  voice  asp  fric     Hz    bw  vowel
constexpr Phone kIh     {{390,1990,2550}, {400,1900,2550},   75, 1.0,  0,    0,      0,   0, true};
constexpr Phone kAa     {{730,1090,2440}, {700,1150,2400},   85, 1.0,  0,    0,      0,   0, true};
constexpr Phone kAo     {{590, 900,2450}, {570, 860,2410},  120, 1.0,  0,    0,      0,   0, true};
constexpr Phone kAy     {{720,1150,2450}, {340,2150,2700},  150, 1.0,  0,    0,      0,   0, true};
constexpr Phone kSchwa  {{520,1350,2450}, {500,1400,2450},   50, 0.8,  0,    0,      0,   0, true};
constexpr Phone kR      {{420,1250,1650}, {400,1300,1600},   60, 0.7,  0,    0,      0,   0, false};
constexpr Phone kNg     {{280,1900,2400}, {280,1700,2300},   65, 0.35, 0,    0,      0,   0, false};
constexpr Phone kKShut  {{280,1900,2250}, {280,1900,2250},   55, 0,    0,    0,   1900, 600, false};
constexpr Phone kKOpen  {{320,1950,2300}, {360,1950,2350},   45, 0,    0.5,  0.5, 1900, 600, false};
constexpr Phone kTShut  {{280,1750,2650}, {280,1750,2650},   50, 0,    0,    0,   4200,2000, false};
constexpr Phone kTOpen  {{320,1750,2650}, {380,1700,2600},   45, 0,    0.4,  0.5, 4200,2000, false};
constexpr Phone kDShut  {{220,1700,2600}, {220,1700,2600},   45, 0.12, 0,    0,   3800,1800, false};
constexpr Phone kDOpen  {{300,1700,2600}, {350,1700,2600},   15, 0.5,  0,    0.35,3800,1800, false};
constexpr Phone kGShut  {{220,1800,2200}, {220,1800,2200},   45, 0.12, 0,    0,   1700, 500, false};
constexpr Phone kGOpen  {{300,1800,2200}, {350,1750,2250},   18, 0.5,  0,    0.35,1700, 500, false};
constexpr Phone kBShut  {{220, 900,2200}, {220, 900,2200},   55, 0.12, 0,    0,    900, 600, false};
constexpr Phone kBOpen  {{350,1000,2300}, {450,1050,2350},   12, 0.6,  0,    0.25, 900, 600, false};
constexpr Phone kZ      {{250,1600,2500}, {250,1600,2500},   60, 0.25, 0,    0.40,6000,2500, false};
constexpr Phone kS      {{300,1600,2500}, {300,1600,2500},   90, 0,    0,    0.60,6200,2500, false};
constexpr Phone kDh     {{270,1300,2550}, {300,1350,2500},   40, 0.35, 0,    0.06,5000,4000, false};
// clang-format on

// K-IH-D-Z AA-R T-AO-K-IH-NG | B-AY DH-AH D-AO-R
constexpr Segment kKids[] = {{&kKShut},   {&kKOpen},   {&kIh, 0.7}, {&kDShut}, {&kZ},
                             {&kAa, 0.1}, {&kR},       {&kTShut},   {&kTOpen}, {&kAo, 1.0},
                             {&kKShut},   {&kKOpen},   {&kIh, 0.1}, {&kNg},    {&kBShut, 0, true},
                             {&kBOpen},   {&kAy, 0.3}, {&kDh},      {&kSchwa}, {&kDShut},
                             {&kDOpen},   {&kAo, 0.8}, {&kR}};
// D-AO-G-Z AA-R S-IH-T-IH-NG | B-AY DH-AH D-AO-R
constexpr Segment kDogs[] = {{&kDShut}, {&kDOpen},   {&kAo, 0.7}, {&kGShut}, {&kGOpen},
                             {&kZ},     {&kAa, 0.1}, {&kR},       {&kS},     {&kIh, 1.0},
                             {&kTShut}, {&kTOpen},   {&kIh, 0.1}, {&kNg},    {&kBShut, 0, true},
                             {&kBOpen}, {&kAy, 0.3}, {&kDh},      {&kSchwa}, {&kDShut},
                             {&kDOpen}, {&kAo, 0.8}, {&kR}};

}  // namespace

std::span<const Segment> statement_segments(int statement) {
  if (statement == 1) return kKids;
  return kDogs;
}

}  // namespace sonant::synth
