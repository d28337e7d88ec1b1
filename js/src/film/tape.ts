/** A film's data: unpacked, and which records make each frame. No DOM. */

export type Header = { type: string; t: number; at: number; sizes: number[]; [field: string]: unknown };

export type Told = { title: string; classes: string[]; records: Header[] };

/**
 * What stands at one frame: its record, that of its ids, and by column the record and place that told of it; of the
 * axes their frame, names and scores, -1 where nobody saw any.
 */
export type Moment = {
  frame: number;
  ids: number;
  columns: Map<string, [number, number]>;
  reading: Header | null;
  axes: number;
  names: number;
  scores: number;
};

/** An edit as the journal lists it, or an evaluation, and the frame that it came with. */
export type Mark = { at: number; text: string; kind: "edit" | "look"; accuracy: number | null };

export type Tape = {
  told: Told;
  moments: Moment[];
  marks: Mark[];
  /** The bytes of a record, one buffer after another. */
  buffers(record: number): DataView<ArrayBuffer>[];
};

/** Inflates base64 text into all films that it holds. */
export async function unpack(text: string): Promise<Tape[]> {
  const packed = Uint8Array.from(atob(text), letter => letter.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
  const data = await new Response(stream).arrayBuffer();
  const length = new DataView(data).getUint32(0, true);
  const index = new TextDecoder().decode(new Uint8Array(data, 4, length));
  return (JSON.parse(index) as Told[]).map(told => tapeOf(told, data, 4 + length));
}

export function tapeOf(told: Told, data: ArrayBuffer, base: number): Tape {
  const frames = framesOf(told.records, data, base);
  return {
    told,
    moments: momentsOf(told.records),
    marks: marksOf(told.records),
    buffers(record) {
      const frame = frames.get(record);
      if (frame) return [new DataView(frame.buffer)];
      let { at } = told.records[record];
      const columns = (told.records[record].columns ?? []) as { planes?: boolean }[];
      return told.records[record].sizes.map((size, k) => {
        const view = new DataView(data, base + at, size);
        at += size;
        return columns[k]?.planes
          ? new DataView(joined(new Uint8Array(data, view.byteOffset, size)).buffer)
          : view;
      });
    },
  };
}

/** Codes of all frames: each is told as what changed since the one before, all low bytes before all high ones. */
function framesOf(records: Header[], data: ArrayBuffer, base: number): Map<number, Uint16Array<ArrayBuffer>> {
  const found = new Map<number, Uint16Array<ArrayBuffer>>();
  const before: Record<string, Uint16Array<ArrayBuffer>> = {};
  records.forEach((record, k) => {
    if (record.type !== "frame") return;
    const codes = joined(new Uint8Array(data, base + record.at, record.sizes[0]));
    const space = String(record.space);
    if (record.delta) for (let i = 0; i < codes.length; i++) codes[i] += before[space][i];
    before[space] = codes;
    found.set(k, codes);
  });
  return found;
}

/** Words of two bytes whose low bytes all come before their high ones: so they pack better. */
function joined(bytes: Uint8Array): Uint16Array<ArrayBuffer> {
  const n = bytes.length / 2;
  const words = new Uint16Array(n);
  for (let i = 0; i < n; i++) words[i] = bytes[i] | (bytes[n + i] << 8);
  return words;
}

/** Columns and readings that were told after a frame, before the next, belong to it; of the axes what is no newer. */
function momentsOf(records: Header[]): Moment[] {
  const moments: Moment[] = [];
  let [ids, frame] = [-1, -1];
  let columns = new Map<string, [number, number]>();
  let reading: Header | null = null;
  let names = -1;
  let axes: Record<string, number[]> = { frame: [], scores: [] }; // frames and scores, in their order
  const newest = (type: string): number =>
    axes[type].findLast(k => Number(records[k].step) <= Number(records[frame].step)) ?? -1;
  const close = (): void => {
    if (frame >= 0 && ids >= 0)
      moments.push({
        ...{ frame, ids, columns: new Map(columns), reading },
        ...{ axes: newest("frame"), names, scores: newest("scores") },
      });
    frame = -1;
  };
  records.forEach((record, k) => {
    if (record.type === "ids") {
      close();
      [ids, columns, names, axes] = [k, new Map(), -1, { frame: [], scores: [] }];
    } else if (record.type === "axes") {
      close(); // of other axes
      [names, axes] = [k, { frame: [], scores: [] }];
    } else if (record.type === "scores" || record.space === "axes") {
      axes[record.type].push(k);
    } else if (record.type === "labels") {
      (record.columns as { name: string }[]).forEach(({ name }, place) => {
        columns.set(name, [k, place]);
      });
    } else if (record.type === "frame") {
      close();
      frame = k;
    } else if (record.type === "reading") reading = record;
  });
  close();
  return moments;
}

/** Marks by the place of the frame that they were told before or with; the last state of an edit is its words. */
function marksOf(records: Header[]): Mark[] {
  const marks: Mark[] = [];
  const edits = new Map<number, Mark>();
  let frames = 0;
  for (const record of records) {
    if (record.space === "plane") frames++;
    else if (record.type === "evaluation") {
      const accuracy = Number(record.accuracy);
      marks.push({
        at: frames,
        text: `accuracy ${(100 * accuracy).toFixed(1)} %`,
        kind: "look",
        accuracy,
      });
    } else if (record.type === "edits") {
      for (const row of record.rows as { n: number; text: string; by: string; state: string }[]) {
        const text = `${row.text} (${row.by}${row.state === "in force" ? "" : `, ${row.state}`})`;
        const known = edits.get(row.n);
        if (known) known.text = text;
        else {
          const mark: Mark = { at: frames, text, kind: "edit", accuracy: null };
          edits.set(row.n, mark);
          marks.push(mark);
        }
      }
    }
  }
  const last = Math.max(0, frames - 1);
  for (const mark of marks) mark.at = Math.min(mark.at, last);
  return marks;
}
