// The whole command with a model family of one's own: an LSTM, and a head of two layers on its last
// state. `own_family train --model last-state --width 16 --data ...`, then predict, report,
// inspect.
#include <sonant/apps/run_command.h>
#include <sonant/core/ops/elementwise.h>
#include <sonant/nn/layers.h>
#include <sonant/nn/models/family.h>

using namespace sonant;

struct LastStateSettings {
  int units = 24, width = 12;
};
SettingTable settings_of(const LastStateSettings&) {
  static constexpr std::array table{
      setting<&LastStateSettings::units>("units", "Units of the LSTM").between(1, 1024),
      setting<&LastStateSettings::width>("width", "Units of the head").between(1, 1024)};
  return table;
}

template <Real T>
class LastState : public Model<T> {
 public:
  LastState(const ModelSpec& spec, const Random& random)
      : Model<T>(spec),
        lstm(spec.input, spec.settings.as<LastStateSettings>().units, random.split(0)),
        wide(lstm.config().hidden, spec.settings.as<LastStateSettings>().width, random.split(1)),
        fc(wide.weight.value.dim(0), spec.heads[0].outputs, random.split(2)) {}

  ModelOutput<T> forward(const Packed<T>& x) override {
    const Var<T> seen = relu(wide(lstm.run(x).last[0].h));
    return {{fc(seen)}, seen};  // the answer, and the embedding
  }
  void describe(Graph& g) const override {
    const auto h = g.lstm("lstm", g.input(this->spec().input), lstm.config().hidden);
    const int width = static_cast<int>(wide.weight.value.dim(0));
    const auto seen = g.op("relu", "", {g.linear("wide", g.last_state(h), width)}, width);
    g.tap("embedding", seen);
    g.head(this->spec().heads[0].name, g.linear("fc", seen, this->spec().heads[0].outputs));
  }
  void visit(Visitor<T>& v) override { v("lstm", lstm), v("wide", wide), v("fc", fc); }
  std::unique_ptr<Model<T>> clone() const override { return std::make_unique<LastState>(*this); }

 private:
  Lstm<T> lstm;
  Linear<T> wide, fc;
};

int main(int argc, char** argv) {
  register_family(model_family<LastState>("last-state", "an LSTM, and a head on its last state",
                                          LastStateSettings{}));
  return run_command(argc, argv);
}
