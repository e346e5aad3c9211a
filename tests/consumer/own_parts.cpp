// A program outside the tree that adds a small one of each of these by the recipes of
// docs/contributing.md: an op, a layer, a kernel variant, an exporter, a corpus, a protocol, a
// subcommand. Without arguments it tries them all; with some it is the command that has them.
#include <sonant/apps/command_line.h>
#include <sonant/apps/run_command.h>
#include <sonant/audio/corpora/reader.h>
#include <sonant/audio/corpus_files.h>
#include <sonant/core/gradcheck.h>
#include <sonant/core/kernels/lstm.h>
#include <sonant/nn/layers.h>
#include <sonant/nn/models/exporter.h>
#include <sonant/nn/models/family.h>
#include <sonant/train/protocol.h>

#include <cmath>
#include <cstdio>
#include <fstream>

using namespace sonant;
namespace fs = std::filesystem;

// y = x / (1 + |x|)    dx = dy / (1 + |x|)^2.    saves: nothing but x
template <Real T>
Var<T> softsign(Var<T> x) {
  const Tensor<T>& in = x.value();
  auto y = Tensor<T>::uninitialized(x.shape());
  for (std::int64_t i = 0; i < in.size(); ++i) y[i] = in[i] / (1 + std::abs(in[i]));
  return x.tape().record("softsign", {x}, std::move(y), [](const Vjp<T>& v) {
    for (std::int64_t i = 0; i < v.dout().size(); ++i) {
      const T slope = 1 / (1 + std::abs(v.in(0)[i]));
      v.din(0)[i] += v.dout()[i] * slope * slope;
    }
  });
}

template <Real T>
class Squash : public Module<T> {
 public:
  Squash(int input, int output, const Random& random) : linear(input, output, random) {}
  Var<T> operator()(const Var<T>& x) { return this->output(softsign(linear(x))); }
  void visit(Visitor<T>& v) override { v("linear", linear); }
  std::string kind() const override { return "Squash"; }

  Linear<T> linear;
};

// "ada_calm_1.wav": a speaker and what she feels.
CorpusReader diary() {
  const auto read = [](const std::string& stem, Clip& clip, std::string& reason) {
    const auto first = stem.find('_'), last = stem.rfind('_');
    reason = "is not named like ada_calm_1.wav";
    if (first == last) return corpus_files::Verdict::bad;
    clip.speaker_name = stem.substr(0, first);
    clip.columns = {{"emotion", stem.substr(first + 1, last - first - 1)}};
    return corpus_files::Verdict::clip;
  };
  return {.name = "diary",
          .expects = "a diary's ada_calm_1.wav",
          .detects =
              [](const fs::path&, const std::vector<fs::path>& sounds) {
                std::size_t known = 0;
                for (const fs::path& sound : sounds)
                  known += sound.stem().string().starts_with("ada_");
                return known;
              },
          .reads =
              [read](const fs::path& at) {
                Corpus corpus;
                corpus_files::sort_out(at, read, corpus);
                return corpus;
              }};
}

// The first speaker judges, the second chooses, all others train.
Protocol first_judges() {
  return {.name = "first-judges",
          .what = "the first speaker judges, the second chooses",
          .splits = [](const Corpus& corpus, const ProtocolSettings&) {
            Split split{.name = "the first judges"};
            for (int i = 0; i < int(corpus.clips.size()); ++i) {
              const int speaker = corpus.clips[std::size_t(i)].speaker;
              (speaker == 1 ? split.test : speaker == 2 ? split.choose : split.train).push_back(i);
            }
            return std::vector{split};
          }};
}

void add_rows() {
  auto kernel = kernels::lstm_kernels<float>().reference();
  kernel.name = "mine";
  kernel.choice = kernels::Choice::by_name;
  kernels::lstm_kernels<float>().add(kernel);
  register_exporter({.name = "layers",
                     .idea = "a line for each node",
                     .ops = {"input", "lstm", "last_state", "soft_attention", "weighted_sum",
                             "batch_norm", "dropout", "linear"},  // and no sum
                     .write = [](const Model<float>&, const Graph& graph) {
                       std::string text;
                       for (const auto& node : graph.nodes()) text += node.op + "\n";
                       return text;
                     }});
  register_corpus(diary());
  register_protocol(first_judges());
  register_command([](apps::Program& program) {
    auto name = std::make_shared<std::string>("world");
    apps::Command& command = program.command("greet", "Print a greeting.");
    command.option("--name", *name, "Whom");
    command.run = [name] { std::printf("hello %s\n", name->c_str()); };
  });
}

int failed(const char* what) {
  std::fprintf(stderr, "%s\n", what);
  return 1;
}

bool refuses(const auto& work) {
  try {
    work();
  } catch (const Error&) {
    return true;
  }
  return false;
}

int try_all() {
  const auto inputs = {Tensor<double>::rows({{-2, -0.5, 0.3}, {0.1, 1, 4}})};
  const auto op = [](Tape<double>&, const std::vector<Var<double>>& x) { return softsign(x[0]); };
  if (!gradcheck(op, inputs).passed) return failed("the op's derivative");

  Squash<double> layer(3, 2, Random(1));
  const auto through = [&](Tape<double>& tape) {
    return layer(tape.constant(Tensor<double>::rows({{1, -2, 3}})));
  };
  if (!gradcheck(through, layer.parameters()).passed) return failed("the layer's derivative");
  if (layer.named_parameters().front().name != "linear.weight") return failed("the layer's names");

  const Lstm<float> lstm({.input = 2, .hidden = 3, .kernel = "mine"}, Random(1));
  if (lstm.kernel().name != "mine") return failed("the kernel");

  const auto plain = make_model<float>("lstm-sa-h4", 1),
             residual = make_model<float>("reslstm-sa-h4", 1);
  if (!export_model(*plain, "layers").starts_with("input\nlstm\n")) return failed("the exporter");
  if (!refuses([&] { export_model(*residual, "layers"); })) return failed("the exporter's ops");

  const fs::path folder = fs::temp_directory_path() / "sonant_own_parts";
  fs::remove_all(folder);
  fs::create_directories(folder);
  for (const char* speaker : {"ada", "bob", "cy"})
    for (const char* feels : {"calm", "sad"})
      std::ofstream(folder / (std::string(speaker) + "_" + feels + "_1.wav")) << "RIFF";
  if (reader_of(folder).name != "diary") return failed("the corpus is not found");
  const Corpus corpus = open_corpus(folder);
  fs::remove_all(folder);
  if (corpus.clips.size() != 6) return failed("the corpus' clips");
  const Split split = make_splits(find_protocol("first-judges"), corpus).front();
  if (speakers_of(corpus, split.test) != std::vector<std::string>{"ada"})
    return failed("the protocol");
  return 0;
}

int main(int argc, char** argv) {
  add_rows();
  return argc > 1 ? run_command(argc, argv) : try_all();
}
