// What a model is asked to be: heads, sizes, its family's settings; and its description.
#include <sonant/nn/models/family.h>

#include <sonant/core/gradcheck.h>
#include <sonant/core/ops/cross_entropy.h>
#include <sonant/core/ops/elementwise.h>
#include <sonant/core/usage.h>
#include <sonant/nn/models/streaming.h>

#include "support/catch.h"
#include "support/text.h"

using namespace sonant;

namespace {

struct OtherSettings {
  int units = 5;
};
SettingTable settings_of(const OtherSettings&) {
  static constexpr std::array table{setting<&OtherSettings::units>("units", "Units")};
  return table;
}

template <Real T>
Packed<T> batch_on(Tape<T>& tape, int features) {
  const Layout layout = make_layout(std::array{3, 6, 4, 5, 2});
  Tensor<double> x({layout->rows(), features});
  Random(4).fill_normal(x.span(), 0.0, 1.0);
  return {tape.constant(x.template to<T>()), layout};
}

const std::vector<int> labels{1, 0, 2, 1, 0}, others{0, 1, 1, 0, 1};

std::string names_of(Module<double>& module) {
  std::string all;
  for (const auto& [name, parameter] : module.named_parameters()) all += name + " ";
  return all;
}

ModelSpec two_heads(const std::string& name) {
  ModelSpec spec = model_spec(name, 4, 3).set("dropout", 0);
  spec.heads.push_back({"gender", 2});
  return spec;
}

}  // namespace

TEST_CASE("The published families describe all that an exporter needs", "[model_spec]") {
  ModelSpec spec = two_heads("reslstm-sa-h5");
  spec.padding = Padding::paper;
  const Graph g = make_model<double>(spec, 1)->graph();
  std::string text;
  for (int k = 0; k < std::ssize(g.nodes()); ++k) {
    text += g[k].name + " = " + g[k].op + "(";
    for (int input : g[k].inputs) text += g[input].name + ",";
    text += ") " + g.shape(k) + " " + g[k].attributes.dump() + "\n";
  }
  const std::string lstm = R"({"layers":1,"direction":"forward","initial_state":"zeros"})";
  CHECK(text ==
        "input = input() (N,4) {}\n"
        "lstm1 = lstm(input,) (N,4) " +
            lstm +
            "\n"
            "add = add(input,lstm1,) (N,4) {}\n"
            "bn_residual = batch_norm(add,) (N,4) {\"eps\":1e-05,\"padding\":\"paper\"}\n"
            "lstm2 = lstm(bn_residual,) (N,5) " +
            lstm +
            "\n"
            "attention_vector = soft_attention(lstm2,) (N,1) {\"padding\":\"paper\"}\n"
            "weighted_sum = weighted_sum(lstm2,attention_vector,) (B,5) {}\n"
            "bn = batch_norm(weighted_sum,) (B,5) {\"eps\":1e-05,\"padding\":\"masked\"}\n"
            "dropout = dropout(bn,) (B,5) {\"p\":0.0}\n"
            "fc = linear(dropout,) (B,3) {}\n"
            "fc_gender = linear(dropout,) (B,2) {}\n");
  REQUIRE(g.heads().size() == 2);
  CHECK(g[g.heads()[1].node].name == "fc_gender");
  CHECK(g.taps()[0].name == "attention");
  CHECK(g[g.taps()[1].node].op == "weighted_sum");
}

TEST_CASE("Heads share the embedding, and the first is what it is alone", "[model_spec]") {
  for (const std::string family : {"reslstm-sa-h3", "lstm-sa-h3"}) {
    INFO(family);
    const auto model = make_model<double>(two_heads(family), 1);
    const auto single = make_model<double>(model_spec(family, 4, 3).set("dropout", 0), 1);
    CHECK(names_of(*model) == names_of(*single) + "fc_gender.weight fc_gender.bias ");
    CHECK(model->parameter_count() == single->parameter_count() + 2 * 3 + 2);
    const auto own = model->named_parameters();
    for (std::size_t k = 0; const auto& [name, parameter] : single->named_parameters())
      CHECK(own[k++].value->value == parameter->value);
    const auto report = gradcheck(
        [&](Tape<double>& tape) {
          const auto output = (*model)(batch_on(tape, 4));
          return cross_entropy(output.head("emotion"), labels) +
                 cross_entropy(output.head("gender"), others);
        },
        model->parameters());
    INFO(report);
    CHECK(report.passed);
    CHECK(report.checked == model->parameter_count());

    model->eval();
    Tape<double> tape(TapeMode::inference);
    const auto output = (*model)(batch_on(tape, 4));
    CHECK(output.head("gender").shape() == Shape{5, 2});
    CHECK_THROWS_WITH(output.head(), ContainsSubstring("one of the 2 heads"));
    CHECK_THROWS_WITH(StreamingClassifier<double>(*model), ContainsSubstring("2 heads"));
    CHECK_THROWS_WITH(StreamingClassifier<double>(*model, "", "mood"),
                      ContainsSubstring("no head \"mood\""));
    StreamingClassifier<double> stream(*model, "", "gender");
    const Packed<double> x = batch_on(tape, 4);
    for (int t = 0; t < 3; ++t)  // the caller's first sequence
      stream.push(x.data.value().span().subspan(
          static_cast<std::size_t>(4 * x.layout->row(x.layout->places()[0], t)), 4));
    for (int c = 0; c < 2; ++c)
      CHECK(stream.result().logits[static_cast<std::size_t>(c)] ==
            Approx(output.head("gender").value()(0, c)).epsilon(1e-12));
  }
}

TEST_CASE("What no model can be is refused before one is made", "[model_spec]") {
  const auto refusal = [](auto change) {
    ModelSpec spec = two_heads("lstm-sa-h3");
    return test::refusal<UsageError>([&] {
      change(spec);
      make_model<float>(spec, 1);
    });
  };
  CHECK(refusal([](ModelSpec&) {}).empty());
  CHECK_THAT(refusal([](ModelSpec& s) { s.set("hidden", 0); }),
             ContainsSubstring("expects hidden in [1, 4096], got 0"));
  CHECK_THAT(refusal([](ModelSpec& s) { s.set("dropout", 1.0); }),
             ContainsSubstring("expects dropout in [0, 1), got 1"));
  CHECK_THAT(refusal([](ModelSpec& s) { s.set("units", 1); }),
             ContainsSubstring("lstm-sa has no setting \"units\""));
  CHECK_THAT(refusal([](ModelSpec& s) { s.settings = OtherSettings{}; }),
             ContainsSubstring("those of another family"));
  CHECK_THAT(refusal([](ModelSpec& s) { s.heads[1].name = "emotion"; }),
             ContainsSubstring("two heads are named 'emotion'"));
  CHECK_THAT(refusal([](ModelSpec& s) { s.heads[1].name = "a.b"; }),
             ContainsSubstring("letters, digits and _, got 'a.b'"));
  CHECK_THAT(refusal([](ModelSpec& s) { s.heads.clear(); }), ContainsSubstring("at least one"));
  CHECK_THAT(refusal([](ModelSpec& s) { s.input = 0; }), ContainsSubstring("got 0 and 3"));
  CHECK_THAT(refusal([](ModelSpec& s) { s.heads[1].outputs = 5000; }),
             ContainsSubstring("got 4 and 5000"));
}

TEST_CASE("A spec is written and read, and what the first version wrote is, too", "[model_spec]") {
  ModelSpec spec = two_heads("reslstm-sa-h7");
  spec.padding = Padding::paper;
  const Json json = to_json(spec);
  CHECK(json.dump() == R"({"family":"reslstm-sa","settings":{"hidden":7,"dropout":0.0},"input":4,)"
                       R"("heads":[{"name":"emotion","outputs":3},{"name":"gender","outputs":2}],)"
                       R"("padding":"paper"})");
  CHECK(to_json(model_spec_from(json)) == json);
  const ModelSpec first = model_spec_from(Json::parse(
      R"({"name":"lstm-sa-h9","input":5,"classes":4,"dropout":0.25,"padding":"masked"})"));
  CHECK(to_json(first).dump() ==
        R"({"family":"lstm-sa","settings":{"hidden":9,"dropout":0.25},"input":5,)"
        R"("heads":[{"name":"emotion","outputs":4}],"padding":"masked"})");
  CHECK_THROWS_WITH(
      model_spec_from(Json::parse(R"({"family":"lstm-sa","settings":{"hiden":9},"input":5,)"
                                  R"("heads":[],"padding":"masked"})")),
      ContainsSubstring("\"hiden\" is no setting"));
}
