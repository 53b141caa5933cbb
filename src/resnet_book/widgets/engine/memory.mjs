// Memory by hand: room that is handed out once, and where the positions of maps lie in it.

const PAGE = 65536;

/** Channels as they lie in memory: padded to a multiple of 4. */
export const padded = (/** @type {number} */ channels) => (channels + 3) & ~3;

/** The memory of one network. Addresses are in bytes; what is handed out is zeroed and stays until all of it goes. */
export class Memory {
  constructor(/** @type {any} */ kernels) {
    this.kernels = kernels;
    this.top = PAGE; // below it: the kernels' stack, and 0 for "none"
    /** @type {Map<string, any>} */
    this.once = new Map();
  }

  /** The address of room for n floats or integers. */
  take(/** @type {number} */ n) {
    const at = this.top;
    this.top = (at + 4 * n + 15) & ~15;
    const { memory } = this.kernels;
    const missing = this.top - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(missing / PAGE));
    return at;
  }

  /** A view of n floats; stale as soon as more room is taken. */
  floats(/** @type {number} */ at, /** @type {number} */ n) {
    return new Float32Array(this.kernels.memory.buffer, at, n);
  }

  ints(/** @type {number} */ at, /** @type {number} */ n) {
    return new Int32Array(this.kernels.memory.buffer, at, n);
  }

  /** The address of a list of integers that several share: made for the first who asks by this key. */
  list(/** @type {string} */ key, /** @type {() => ArrayLike<number>} */ make) {
    return this.shared(key, () => {
      const values = make();
      const at = this.take(values.length);
      this.ints(at, values.length).set(values);
      return at;
    });
  }

  /** Whatever several share by a key. @returns {any} */
  shared(/** @type {string} */ key, /** @type {() => any} */ make) {
    if (!this.once.has(key)) this.once.set(key, make());
    return this.once.get(key);
  }
}

/** The positions of `count` small maps without a ring, each of which one window sees whole: its left upper corner counts. */
export class Tiles {
  constructor(/** @type {number} */ count, /** @type {number} */ side) {
    Object.assign(this, { count, side, ring: false, key: `${side} tiles`, area: 1 });
    this.positions = count * side * side;
  }

  /** Offsets, in floats, of the first position of every map. */
  offsets(/** @type {number} */ channels) {
    return Array.from({ length: this.count }, (_, k) => k * this.side * this.side * channels);
  }

  /** Offsets, in floats, of all that the window reads: positions x inputs. */
  window(/** @type {number} */ kernel, /** @type {number} */ inputs, /** @type {number} */ channels) {
    return Array.from({ length: kernel * kernel * inputs }, (_, i) => Math.floor(i / inputs) * channels + (i % inputs));
  }
}

/** The positions of `count` square maps. With a ring, a column of zeros parts the rows and a row of zeros the maps. */
export class Grid {
  /** @param {number} count @param {number} side @param {boolean} ring needed where a 3x3 window looks over the edge */
  constructor(count, side, ring) {
    Object.assign(this, { count, side, ring });
    this.key = `${side}${ring ? " ringed" : ""}`; // of lists that maps of one kind share
    this.line = side + Number(ring);
    this.lead = ring ? this.line + 1 : 0;
    this.area = side * side;
    this.positions = this.lead + count * this.line * this.line; // zeros included
  }

  at(/** @type {number} */ k, /** @type {number} */ y, /** @type {number} */ x) {
    return this.lead + (k * this.line + y) * this.line + x;
  }

  /** Offsets, in floats, of every position that counts, or of every `step`-th of each row and column. */
  offsets(/** @type {number} */ channels, step = 1) {
    const found = [];
    for (let k = 0; k < this.count; k++) {
      for (let y = 0; y < this.side; y += step) {
        for (let x = 0; x < this.side; x += step) found.push(this.at(k, y, x) * channels);
      }
    }
    return found;
  }

  /** Offsets, in floats, of all positions, tile after tile: `tiles` x `tiles` of them a map, each a square. */
  tiled(/** @type {number} */ channels, /** @type {number} */ tiles) {
    const [found, side] = [[], this.side / tiles];
    for (let k = 0; k < this.count; k++) {
      for (let tile = 0; tile < tiles * tiles; tile++) {
        const [top, left] = [Math.floor(tile / tiles) * side, (tile % tiles) * side];
        for (let y = 0; y < side; y++) for (let x = 0; x < side; x++) found.push(this.at(k, top + y, left + x) * channels);
      }
    }
    return /** @type {number[]} */ (found);
  }

  /** Offsets, in floats, of what a window reads around its centre: taps x inputs, of `channels` that lie there. */
  window(/** @type {number} */ kernel, /** @type {number} */ inputs, /** @type {number} */ channels) {
    const [found, reach] = [[], (kernel - 1) / 2];
    for (let dy = -reach; dy <= reach; dy++) {
      for (let dx = -reach; dx <= reach; dx++) {
        for (let c = 0; c < inputs; c++) found.push((dy * this.line + dx) * channels + c);
      }
    }
    return /** @type {number[]} */ (found);
  }
}
