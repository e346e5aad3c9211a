// The families of models. A family is one file and one row: a class template derived from Model<T>,
// and what is said of it here. A program adds its own before it makes models:
//
//   register_family(model_family<Mine>("mine", "an LSTM and its last state", MineSettings{}));
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <sonant/core/random.h>
#include <sonant/nn/models/model.h>

namespace sonant {

template <Real T>
using MakeModel = std::unique_ptr<Model<T>> (*)(const ModelSpec& spec, const Random& random);

// A whole number among the settings that stands in a model's name: {"-h", "hidden"} makes
// "reslstm-sa-h64" of hidden = 64, and the other way round.
struct NamePart {
  std::string before, setting;
};

// A head beside the first one: its outputs, and its weight in the loss.
struct Auxiliary {
  std::string head;
  int outputs;
  double weight;
};

struct Family {
  std::string name;      // "reslstm-sa"
  std::string idea;      // one line, with the publication
  AnySettings settings;  // the defaults
  MakeModel<float> make_float;
  MakeModel<double> make_double;
  std::vector<NamePart> parts = {};
  // What is learnt besides the emotion, as published, where nobody says anything else.
  std::vector<Auxiliary> auxiliary = {};

  // What stands behind the name in every output, as "-reconstruction", and may be left out where a
  // name is given.
  std::string mark = {};

  std::string heads() const;                             // "emotion, gender 0.5"
  std::string pattern() const;                           // "reslstm-sa-hH"
  std::string title(const AnySettings& settings) const;  // "reslstm-sa-h64"
};

// The row of a class template with a constructor from spec and random numbers.
template <template <Real> class M>
Family model_family(std::string name, std::string idea, AnySettings settings,
                    std::vector<NamePart> parts = {}) {
  return {.name = std::move(name),
          .idea = std::move(idea),
          .settings = std::move(settings),
          .make_float = [](const ModelSpec& spec, const Random& random)
              -> std::unique_ptr<Model<float>> { return std::make_unique<M<float>>(spec, random); },
          .make_double = [](const ModelSpec& spec,
                            const Random& random) -> std::unique_ptr<Model<double>> {
            return std::make_unique<M<double>>(spec, random);
          },
          .parts = std::move(parts)};
}

// All that there are. A row stays where it is.
const std::deque<Family>& families();
// Not while other threads use models. UsageError if the name is taken, or is none (small letters,
// digits and - are), if a part of names is no whole number among the settings, or if one of these
// is called as a setting of every training.
void register_family(Family family);
// UsageError that lists what there is, and says what was probably meant.
const Family& find_family(std::string_view name);
// The families' name patterns, for messages and help texts.
std::vector<std::string> known_models();

// Whether model_spec() knows such a name, whatever the numbers in it.
bool is_model_name(std::string_view name);

// A family's name, "reslstm-sa", or with the settings that stand in names, "reslstm-sa-h64".
// With heads for `classes` emotions and for what the family learns besides. UsageError as of
// find_family().
ModelSpec model_spec(std::string_view name, int input = 46, int classes = 8);

// A new model, initialised by `seed`. UsageError for an unknown family, settings out of range or of
// another family, impossible sizes, or heads with no name or one name twice.
template <Real T>
std::unique_ptr<Model<T>> make_model(const ModelSpec& spec, std::uint64_t seed);
template <Real T>
std::unique_ptr<Model<T>> make_model(std::string_view name, std::uint64_t seed) {
  return make_model<T>(model_spec(name), seed);
}

// All but the kernel. Reading takes what the first version wrote, too: name, classes and dropout
// instead of family, heads and settings. JsonError, UsageError for what no model has.
Json to_json(const ModelSpec& spec);
ModelSpec model_spec_from(const Json& json);

}  // namespace sonant
