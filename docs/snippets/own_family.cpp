// A model family of a program's own: an LSTM, and a linear layer on its last state.
#include <array>
#include <iostream>

#include <sonant/nn/layers.h>
#include <sonant/nn/models/family.h>
#include <sonant/nn/models/summary.h>

using namespace sonant;

// [family]
struct LastStateSettings {
  int units = 32;
};
SettingTable settings_of(const LastStateSettings&) {
  static constexpr std::array table{
      setting<&LastStateSettings::units>("units", "Units of the LSTM").between(1, 1024)};
  return table;
}

template <Real T>
class LastState : public Model<T> {
 public:
  LastState(const ModelSpec& spec, const Random& random)
      : Model<T>(spec),
        lstm(spec.input, spec.settings.as<LastStateSettings>().units, random.split(0)),
        fc(lstm.config().hidden, spec.heads[0].outputs, random.split(1)) {}

  ModelOutput<T> forward(const Packed<T>& x) override {
    const Var<T> last = lstm.run(x).last[0].h;
    return {{fc(last)}, last};  // the answer of each head, and the embedding
  }
  void describe(Graph& g) const override {
    const auto last =
        g.last_state(g.lstm("lstm", g.input(this->spec().input), lstm.config().hidden));
    g.tap("embedding", last);
    g.head(this->spec().heads[0].name, g.linear("fc", last, this->spec().heads[0].outputs));
  }
  void visit(Visitor<T>& v) override { v("lstm", lstm), v("fc", fc); }
  std::unique_ptr<Model<T>> clone() const override { return std::make_unique<LastState>(*this); }

 private:
  Lstm<T> lstm;
  Linear<T> fc;
};
// [/family]

int main() {
  // [register]
  register_family(model_family<LastState>("last-state", "an LSTM and its last state",
                                          LastStateSettings{}, {{"-u", "units"}}));
  const auto model = make_model<float>(model_spec("last-state-u16"), 1);
  print_summary(std::cout, summarise(*model));
  // [/register]
  return model->parameter_count() == 4 * 16 * (46 + 16 + 2) + 8 * 16 + 8 ? 0 : 1;
}
