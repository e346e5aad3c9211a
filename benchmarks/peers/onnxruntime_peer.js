// ONNX Runtime on the model that torch_peer.py exported, as a peer (peers/serve.h).
// usage: node onnxruntime_peer.js FOLDER     with onnxruntime-node in NODE_PATH
const ort = require('onnxruntime-node');
const readline = require('readline');

const shapes = {'forward/1': [1, 87, 46], 'forward/32': [32, 124, 46]};
const folder = process.argv[2];
const ready = {};

async function prepare(name) {
  const session = await ort.InferenceSession.create(
      `${folder}/${name.replace('/', '_')}.onnx`,
      {intraOpNumThreads: 1, interOpNumThreads: 1, executionMode: 'sequential',
       graphOptimizationLevel: 'all', logSeverityLevel: 3});
  const size = shapes[name].reduce((a, b) => a * b);
  const data = Float32Array.from({length: size}, () => 2 * Math.random() - 1);
  const feeds = {x: new ort.Tensor('float32', data, shapes[name])};
  return () => session.run(feeds);
}

async function main() {
  const version = require('onnxruntime-node/package.json').version;
  console.log(JSON.stringify(
      {peer: 'ONNX Runtime, padded', version, problems: Object.keys(shapes)}));
  for await (const line of readline.createInterface({input: process.stdin})) {
    const [name, repeats] = line.split(' ');
    ready[name] = ready[name] || await prepare(name);
    await ready[name]();
    const ms = [];
    for (let k = 0; k < Number(repeats); ++k) {
      const start = process.hrtime.bigint();
      await ready[name]();
      ms.push(Number(process.hrtime.bigint() - start) / 1e6);
    }
    console.log(JSON.stringify({ms}));
  }
}

main();
