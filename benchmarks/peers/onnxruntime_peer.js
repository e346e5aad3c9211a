// ONNX Runtime on the model that torch_peer.py exported, as a peer (peers/serve.h).
// usage: node onnxruntime_peer.js FOLDER     with onnxruntime-node in NODE_PATH
const ort = require('onnxruntime-node');
const readline = require('readline');

const shapes = {'forward/1': [1, 87, 46], 'forward/32': [32, 124, 46]};
const state = {h1: [1, 46], c1: [1, 46], h2: [1, 64], c2: [1, 64],
               peak: [1, 1], mass: [1, 1], context: [1, 64]};
const frames = 87;
const folder = process.argv[2];
const ready = {};

function tensor(shape, value) {
  const size = shape.reduce((a, b) => a * b);
  return new ort.Tensor('float32', Float32Array.from({length: size}, value), shape);
}

const random = () => 2 * Math.random() - 1;

// An utterance frame by frame: what comes out as the next state goes in again.
function stream(session) {
  const x = Array.from({length: frames}, () => tensor([1, 46], random));
  return async () => {
    const feeds = {};
    for (const name in state) feeds[name] = tensor(state[name], () => name === 'peak' ? -1e4 : 0);
    for (let t = 0; t < frames; ++t) {
      feeds.x = x[t];
      const out = await session.run(feeds);
      for (const name in state) feeds[name] = out[`next_${name}`];
    }
  };
}

async function prepare(name) {
  const session = await ort.InferenceSession.create(
      `${folder}/${name.replace('/', '_')}.onnx`,
      {intraOpNumThreads: 1, interOpNumThreads: 1, executionMode: 'sequential',
       graphOptimizationLevel: 'all', logSeverityLevel: 3});
  if (name === 'stream') return stream(session);
  const feeds = {x: tensor(shapes[name], random)};
  return () => session.run(feeds);
}

async function main() {
  const version = require('onnxruntime-node/package.json').version;
  console.log(JSON.stringify(
      {peer: 'ONNX Runtime, padded', version, problems: [...Object.keys(shapes), 'stream']}));
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
