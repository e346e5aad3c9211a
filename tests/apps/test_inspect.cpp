// sonant inspect from the command line.
#include <sonant/core/file.h>

#include <string>

#include "apps/run.h"
#include "support/catch.h"
#include "support/temp_folder.h"

using namespace sonant;

TEST_CASE("inspect writes one page, and refuses what it cannot show", "[apps]") {
  const TempFolder folder;
  const std::string data = folder / "synthetic", model = folder / "m.safetensors";
  REQUIRE(run_sonant({"synth", "--out", data, "--repetitions", "1"}).status == 0);
  REQUIRE(run_sonant({"train", "--quiet", "--data", data, "--model", "reslstm-sa-h8", "--epochs",
                      "1", "--out", model})
              .status == 0);
  const std::string sound = data + "/Actor_01/03-01-01-01-01-01-01.wav", page = folder / "v.html";
  const Outcome shown = run_sonant({"inspect", "--model", model, sound, "--out", page});
  INFO(shown.err);
  REQUIRE(shown.status == 0);
  CHECK_THAT(shown.out, ContainsSubstring("half of the attention"));
  const std::string html = read_text(page, "test");
  CHECK_THAT(html, ContainsSubstring("03-01-01-01-01-01-01.wav"));
  CHECK_THAT(html, ContainsSubstring("</html>"));
  CHECK(html.size() < 1'000'000);

  const auto refused = [&](const std::string& file, const std::string& out, const char* part) {
    const Outcome outcome = run_sonant({"inspect", "--model", model, file, "--out", out});
    CHECK(outcome.status == 1);
    CHECK(outcome.one_line_error());
    CHECK_THAT(outcome.err, ContainsSubstring(part));
  };
  refused(folder / "none.wav", page, "none.wav");
  refused(sound, folder / "no" / "v.html", "v.html");
  refused(model, page, "m.safetensors");
}
