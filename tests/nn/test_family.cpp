// Families of models: a program's own, names, heads, descriptions and what reads them.
#include <sonant/nn/models/family.h>

#include <cmath>
#include <sstream>

#include <sonant/core/gradcheck.h>
#include <sonant/core/ops/cross_entropy.h>
#include <sonant/core/ops/elementwise.h>
#include <sonant/core/usage.h>
#include <sonant/nn/layers.h>
#include <sonant/nn/models/streaming.h>
#include <sonant/nn/models/summary.h>

#include "support/catch.h"
#include "support/close.h"
#include "support/text.h"

using namespace sonant;

namespace {

// What a family says wrongly of itself, if it does.
enum class Lie { none, name, shape, lacking, heads };
Lie lie = Lie::none;

struct TinySettings {
  int units = 5;
};
SettingTable settings_of(const TinySettings&) {
  static constexpr std::array table{
      setting<&TinySettings::units>("units", "Units of the LSTM").between(1, 64)};
  return table;
}

// An LSTM and a linear layer on its last state.
template <Real T>
class Tiny : public Model<T> {
 public:
  Tiny(const ModelSpec& spec, const Random& random)
      : Model<T>(spec),
        lstm(spec.input, spec.settings.as<TinySettings>().units, random.split(0)),
        fc(spec.settings.as<TinySettings>().units, spec.heads[0].outputs, random.split(1)) {}

  void visit(Visitor<T>& v) override {
    v("lstm", lstm);
    v("fc", fc);
  }
  std::unique_ptr<Model<T>> clone() const override { return std::make_unique<Tiny>(*this); }

  Lstm<T> lstm;
  Linear<T> fc;

 protected:
  ModelOutput<T> forward(const Packed<T>& x) override {
    const Var<T> last = lstm.run(x).last[0].h;
    return {{fc(last)}, last};
  }
  void describe(Graph& g) const override {
    const auto h = g.lstm(lie == Lie::name ? "lstm1" : "lstm", g.input(this->spec().input),
                          lstm.config().hidden + (lie == Lie::shape ? 1 : 0));
    const auto last = g.last_state(h);
    g.tap("embedding", last);
    const int outputs = this->spec().heads[0].outputs;
    if (lie == Lie::lacking) return g.head("emotion", last);
    g.head(lie == Lie::heads ? "mood" : "emotion", g.linear("fc", last, outputs));
  }
};

// Layers in an order that no published model has: a residual around an LSTM of two layers, and
// attention without batch normalisation.
template <Real T>
class Deep : public Model<T> {
 public:
  Deep(const ModelSpec& spec, const Random& random)
      : Model<T>(spec),
        lower({.input = spec.input, .hidden = spec.input, .layers = 2}, random.split(0)),
        upper(spec.input, 6, random.split(1)),
        attention(6, random.split(2)),
        fc(6, spec.heads[0].outputs, random.split(3)) {}

  void visit(Visitor<T>& v) override {
    v("lower", lower);
    v("upper", upper);
    v("attention", attention);
    v("fc", fc);
  }
  std::unique_ptr<Model<T>> clone() const override { return std::make_unique<Deep>(*this); }

  Lstm<T> lower, upper;
  SoftAttention<T> attention;
  Linear<T> fc;

 protected:
  ModelOutput<T> forward(const Packed<T>& x) override {
    const auto h = upper(Packed<T>{lower(x).data + x.data, x.layout});
    const auto attended = attention(h);
    return {{fc(attended.context)}, attended.context, attended.weights};
  }
  void describe(Graph& g) const override {
    const auto x = g.input(this->spec().input);
    const auto h = g.lstm("upper", g.dropout(g.add(g.lstm("lower", x, x_size(), 2), x), 0.1), 6);
    g.head("emotion",
           g.linear("fc", g.weighted_sum(h, g.soft_attention("attention.attention_vector", h)),
                    this->spec().heads[0].outputs));
  }
  int x_size() const { return this->spec().input; }
};

// Once, whatever the order of the tests.
void register_own() {
  static const bool once = [] {
    register_family(model_family<Tiny>("tiny", "an LSTM and its last state", TinySettings{},
                                       {{"-u", "units"}}));
    register_family(model_family<Deep>("deep", "two residual layers, then attention", {}));
    return true;
  }();
  REQUIRE(once);
}

template <Real T>
Packed<T> batch_on(Tape<T>& tape, int features) {
  const Layout layout = make_layout(std::array{3, 6, 4, 5, 2});
  Tensor<double> x({layout->rows(), features});
  Random(4).fill_normal(x.span(), 0.0, 1.0);
  return {tape.constant(x.template to<T>()), layout};
}

const std::vector<int> labels{1, 0, 2, 1, 0};

}  // namespace

TEST_CASE("A program's own family is made by name, in float and in double", "[family]") {
  register_own();
  const auto model = make_model<double>(model_spec("tiny-u4", 3, 3), 1);
  CHECK(model->spec().settings.as<TinySettings>().units == 4);
  CHECK(model->spec().title() == "tiny-u4");
  CHECK(model->parameter_count() == 4 * 4 * (3 + 4 + 2) + 3 * 4 + 3);
  CHECK(make_model<float>("tiny", 1)->spec().title() == "tiny-u5");
  CHECK(find_family("tiny").idea == "an LSTM and its last state");
  CHECK(known_models() ==
        std::vector<std::string>{"reslstm-sa-hH", "lstm-sa-hH", "a-lstm-hH", "mean-lstm-hH",
                                 "lstm-wp-hH", "light-sernet", "p-cnn-reconstruction",
                                 "p-cnn-gender-reconstruction", "tiny-uU", "deep"});

  std::ostringstream text;
  print_summary(text, summarise(*model));
  CHECK(text.str() ==
        "layer       op          of          settings  output  result     parameters\n"
        "input       input                             (N,3)                       0\n"
        "lstm        lstm        input                 (N,4)                     144\n"
        "last_state  last_state  lstm                  (B,4)   embedding           0\n"
        "fc          linear      last_state            (B,3)   emotion            15\n"
        "total                                                                   159\n"
        "N: rows of a packed batch, the sum of its lengths; B: its sequences\n");
}

TEST_CASE("It is trained, and what it lacks is named", "[family]") {
  register_own();
  const auto model = make_model<double>(model_spec("tiny", 3, 3), 1);
  const auto loss_on = [&](Tape<double>& tape) {
    return cross_entropy((*model)(batch_on(tape, 3)).head(), labels);
  };
  const auto report = gradcheck(loss_on, model->parameters());
  INFO(report);
  CHECK(report.passed);
  double losses[2];
  for (double& value : losses) {
    model->zero_grad();
    Tape<double> tape;
    const Var<double> loss = loss_on(tape);
    value = loss.item();
    loss.backward();
    for (Parameter<double>* p : model->parameters())
      for (std::int64_t n = 0; n < p->value.size(); ++n) p->value[n] -= 0.1 * p->grad[n];
  }
  CHECK(losses[1] < losses[0]);

  Tape<double> tape;
  const auto output = (*model)(batch_on(tape, 3));
  CHECK(output.has_embedding());
  CHECK_FALSE(output.has_attention());
  CHECK(output.embedding().shape() == Shape{5, 5});
  CHECK(output.head("emotion").shape() == Shape{5, 3});
  CHECK_THROWS_WITH(output.attention(), ContainsSubstring("a tiny model has no attention"));
  CHECK_THROWS_WITH(output.head("gender"),
                    ContainsSubstring("a tiny model has no head \"gender\", expected emotion"));
  CHECK_THROWS_WITH((*model)(batch_on(tape, 4)), ContainsSubstring("frames of 3 features, got"));
  CHECK_THROWS_WITH(StreamingClassifier<double>(*model),
                    ContainsSubstring("a tiny model cannot be streamed for its op last_state"));
}

TEST_CASE("A family whose ops are known is streamed, in whatever order they stand", "[family]") {
  register_own();
  const auto model = make_model<double>(model_spec("deep", 4, 3), 1);
  for (Parameter<double>* p : model->parameters())
    for (std::int64_t n = 0; n < p->value.size(); ++n) p->value[n] += 0.1 * std::sin(double(n));
  model->eval();
  Tensor<double> x({9, 4});
  Random(2).fill_normal(x.span(), 0.0, 1.0);
  StreamingClassifier<double> stream(*model);
  for (int t = 1; t <= 9; ++t) {
    stream.push(x.span().subspan(static_cast<std::size_t>(4 * (t - 1)), 4));
    Tape<double> tape(TapeMode::inference);
    const Tensor<double> first({t, 4}, x.span().first(static_cast<std::size_t>(4 * t)));
    const auto whole = (*model)({tape.constant(first), make_layout(std::span(&t, 1))});
    CHECK(test::close(Tensor<double>({1, 3}, stream.result().logits), whole.head().value(), 1e-12,
                      1e-13));
    CHECK(test::close(Tensor<double>({1, 6}, stream.result().embedding), whole.embedding().value(),
                      1e-12, 1e-13));
  }
}

TEST_CASE("A description that does not fit the model is refused", "[family]") {
  register_own();
  const auto model = make_model<double>(model_spec("tiny", 3, 3), 1);
  const auto refusal = [&](Lie one) {
    lie = one;
    const std::string text = test::refusal([&] { model->graph(); });
    lie = Lie::none;
    return text;
  };
  CHECK(refusal(Lie::none).empty());
  CHECK_THAT(refusal(Lie::name), ContainsSubstring("tiny: the description's \"lstm1\" (lstm)"));
  CHECK_THAT(refusal(Lie::shape),
             ContainsSubstring("lstm.weight_ih_l0 to be (24,3), the model's is (20,3)"));
  CHECK_THAT(refusal(Lie::lacking),
             ContainsSubstring("lacks the layer of the parameter fc.weight"));
  CHECK_THAT(refusal(Lie::heads), ContainsSubstring("describes other heads"));
  Graph g;
  const auto x = g.input(3), h = g.lstm("lstm", x, 4);
  CHECK_THROWS_WITH(g.add(x, h), ContainsSubstring("input of 3 and lstm of 4 numbers"));
  CHECK_THROWS_WITH(g.lstm("lstm", x, 4), ContainsSubstring("two nodes are named \"lstm\""));
  CHECK_THROWS_WITH(g.head("emotion", h), ContainsSubstring("a value for each sequence"));
  CHECK_THROWS_WITH(g.last_state(x), ContainsSubstring("expects an lstm, got input"));
  CHECK_THROWS_WITH(g.weighted_sum(h, x), ContainsSubstring("a weight for each"));
  CHECK_THROWS_WITH(g.dropout({7}, 0.1), ContainsSubstring("node 7 of 2"));
}

TEST_CASE("Names say family and settings, and nothing else is a name", "[family]") {
  register_own();
  for (const std::string name : {"reslstm-sa-h1", "lstm-sa-h4096", "reslstm-sa-h64"})
    CHECK(model_spec(name).title() == name);
  CHECK(model_spec("reslstm-sa").title() == "reslstm-sa-h64");
  CHECK(model_spec("lstm-sa-h7", 3, 2).heads == std::vector<Head>{{"emotion", 2}});
  for (const std::string name :
       {"reslstm-sa-h0", "reslstm-sa-h", "reslstm-sa-h99999", "reslstm-sa-h6x", "reslstm-sa-h-3",
        "reslstm-sa-h064", "reslstm-sa-h+64", "reslstm-sa-h99999999999", "reslstm-sa-", "tiny-u65",
        "", "deep-h4"}) {
    INFO(name);
    CHECK_THAT(test::refusal<UsageError>([&] { model_spec(name); }),
               ContainsSubstring("unknown model '" + name +
                                 "', expected one of reslstm-sa-hH, "
                                 "lstm-sa-hH, a-lstm-hH, mean-lstm-hH, lstm-wp-hH, light-sernet, "
                                 "p-cnn-reconstruction, p-cnn-gender-reconstruction, tiny-uU, deep "
                                 "(H: a whole number from 1 to 4096, "
                                 "U: a whole number from 1 to 64)"));
  }
  CHECK_THAT(test::refusal<UsageError>([] { model_spec("reslsm-sa-h64"); }),
             ContainsSubstring("did you mean reslstm-sa-hH?"));
  CHECK_THAT(test::refusal<UsageError>([] { find_family("tinny"); }),
             ContainsSubstring("unknown model 'tinny'"));
}

TEST_CASE("A family that cannot be told from another is not registered", "[family]") {
  register_own();
  const auto refusal = [](const std::string& name, std::vector<NamePart> parts = {}) {
    return test::refusal<UsageError>(
        [&] { register_family(model_family<Tiny>(name, "x", TinySettings{}, parts)); });
  };
  CHECK_THAT(refusal("reslstm-sa"), ContainsSubstring("there is already a model 'reslstm-sa'"));
  CHECK_THAT(refusal("lstm-sa-h64"), ContainsSubstring("already"));
  CHECK_THAT(refusal("tiny"), ContainsSubstring("an LSTM and its last state"));
  CHECK_THAT(refusal("Tiny net"), ContainsSubstring("small letters, digits and -"));
  CHECK_THAT(refusal(""), ContainsSubstring("small letters"));
  CHECK_THAT(refusal("other", {{"-h", "hidden"}}), ContainsSubstring("got hidden"));
}
