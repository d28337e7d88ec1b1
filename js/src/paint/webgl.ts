/** Points by WebGL2: one draw call a pass, positions that glide in the vertex shader, marks from an atlas. */

import type { Cloud } from "./cloud.ts";
import { MARK } from "./cloud.ts";
import type { Palette } from "./colours.ts";
import { coverage, STRENGTH } from "./crowds.ts";
import { type Painter, passes, SMALLEST } from "./painter.ts";
import { CELLS, drawAtlas, EXTENT } from "./shapes.ts";

/*
 * `camera` is the scale to clip space and the offset; `ring` is the atlas' cell for all, if not that of each
 * shape; `wanted` are bits that must be set, and bits that must not; `alpha` is of fill and rim; `crowd` is what a mark
 * covers of a crowd's cell, and the opacity of one that stands alone.
 */
const VERTEX = `#version 300 es
in vec2 from;
in vec2 to;
in uvec4 look;
uniform vec4 camera;
uniform float progress, size;
uniform vec2 alpha, crowd;
uniform int ring;
uniform uvec2 wanted;
uniform int lit;
uniform sampler2D palette;
flat out vec4 fill;
#ifdef MARKS
flat out vec4 rim;
flat out float cell;
#endif
${STRENGTH}
void main() {
  bool show = (look.z & wanted.x) == wanted.x && (look.z & wanted.y) == 0u;
  gl_Position = show ? vec4(mix(from, to, progress) * camera.xy + camera.zw, 0.0, 1.0) : vec4(2.0, 2.0, 2.0, 1.0);
  gl_PointSize = size;
  float presence = lit >= 0 && int(look.x) != lit ? 0.25 : 1.0;
  if ((look.z & ${MARK.stale}u) != 0u) presence *= 0.5;
  if ((look.z & ${MARK.leftOut}u) != 0u) presence *= 0.45;
  if (crowd.x > 0.0) presence *= strength(float(look.w), crowd.x, crowd.y);
  float solid = (look.z & ${MARK.doubtful | MARK.apart | MARK.leftOut}u) != 0u ? 0.12 : 1.0;
  fill = vec4(texelFetch(palette, ivec2(look.x, 0), 0).rgb, alpha.x * presence * solid);
#ifdef MARKS
  rim = vec4(texelFetch(palette, ivec2(look.x, 1), 0).rgb, alpha.y * presence);
  cell = float(ring > 0 ? ring : int(look.y));
#endif
}`;

/*
 * The atlas: red is how much of a pixel is fill, green how much is rim. Dots are all fill: a third less work, where
 * many are small.
 */
const FRAGMENT = `#version 300 es
precision mediump float;
flat in vec4 fill;
out vec4 colour;
#ifdef MARKS
flat in vec4 rim;
flat in float cell;
uniform sampler2D atlas;
void main() {
  vec2 cover = texture(atlas, vec2((cell + gl_PointCoord.x) / ${CELLS}.0, gl_PointCoord.y)).rg;
  float f = cover.r * fill.a;
  float r = cover.g * rim.a;
  colour = vec4(fill.rgb * f + rim.rgb * r, f + r);
}
#else
void main() {
  colour = vec4(fill.rgb * fill.a, fill.a);
}
#endif`;

const AT = { from: 0, to: 1, look: 2 }; // of the attributes, the same in all programs
const UNIFORMS = [
  "camera",
  "progress",
  "size",
  "ring",
  "wanted",
  "lit",
  "alpha",
  "crowd",
  "palette",
  "atlas",
] as const;
type Uniform = (typeof UNIFORMS)[number];

/** What browsers call a graphics card that the processor plays: `failIfMajorPerformanceCaveat` does not tell in all. */
const EMULATED = /swiftshader|llvmpipe|software|basic render/i;
const NOTHING = new Float32Array(0);

type Buffers = {
  array: WebGLVertexArrayObject;
  from: WebGLBuffer;
  to: WebGLBuffer;
  look: WebGLBuffer;
  /** Of those that are carried. */
  rows: WebGLBuffer;
  places: number;
  looks: number;
};

/** Throws when this browser cannot do it, or only by emulating a graphics card, which takes ten times as long. */
export function createGlPainter(canvas: HTMLCanvasElement): Painter {
  const gl = must(
    canvas.getContext("webgl2", { antialias: false, depth: false, powerPreference: "low-power" }),
  );
  const about = gl.getExtension("WEBGL_debug_renderer_info");
  const card = about ? String(gl.getParameter(about.UNMASKED_RENDERER_WEBGL)) : "";
  if (EMULATED.test(card)) throw new Error(`This browser emulates a graphics card: ${card}.`);
  const [forMarks, forDots] = [link(gl, "#define MARKS"), link(gl, "")];
  const clouds = new Map<Cloud, Buffers>();
  const paletteTexture = texture(gl, gl.NEAREST);
  const atlases = new Map<string, WebGLTexture>();
  let uploaded: Palette | null = null;

  function buffersOf(cloud: Cloud): Buffers {
    let buffers = clouds.get(cloud);
    if (!buffers) {
      const make = () => must(gl.createBuffer());
      buffers = {
        array: must(gl.createVertexArray()),
        from: make(),
        to: make(),
        look: make(),
        rows: make(),
        places: -1,
        looks: -1,
      };
      clouds.set(cloud, buffers);
      gl.bindVertexArray(buffers.array);
      attribute(gl, AT.to, buffers.to);
      gl.bindBuffer(gl.ARRAY_BUFFER, buffers.look);
      gl.enableVertexAttribArray(AT.look);
      gl.vertexAttribIPointer(AT.look, 4, gl.UNSIGNED_BYTE, 0, 0);
    }
    if (buffers.places !== cloud.placesVersion) {
      upload(gl, buffers.to, cloud.to);
      const glides = cloud.from !== cloud.to;
      upload(gl, buffers.from, glides ? cloud.from : NOTHING);
      gl.bindVertexArray(buffers.array);
      attribute(gl, AT.from, glides ? buffers.from : buffers.to);
      buffers.places = cloud.placesVersion;
    }
    if (buffers.looks !== cloud.lookVersion) {
      upload(gl, buffers.look, cloud.look);
      buffers.looks = cloud.lookVersion;
    }
    return buffers;
  }

  /**
   * Marks at their size in device pixels: drawn once by the canvas, so they stay crisp.
   */
  function atlasOf(radius: number, ratio: number): { texture: WebGLTexture; size: number } {
    const size = Math.ceil(2 * (radius * EXTENT + 0.5) * ratio);
    const key = `${size}/${radius.toFixed(2)}/${ratio}`;
    let found = atlases.get(key);
    if (!found) {
      if (atlases.size >= 24) {
        for (const old of atlases.values()) gl.deleteTexture(old);
        atlases.clear();
      }
      found = texture(gl, gl.LINEAR);
      atlases.set(key, found);
      gl.pixelStorei(gl.UNPACK_PREMULTIPLY_ALPHA_WEBGL, true);
      const image = drawAtlas(size, radius * ratio, ratio, 0, 0);
      gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, gl.RGBA, gl.UNSIGNED_BYTE, image);
      gl.pixelStorei(gl.UNPACK_PREMULTIPLY_ALPHA_WEBGL, false);
    }
    return { texture: found, size };
  }

  return {
    webgl: true,
    draw(target, picture, carried) {
      const { size, ratio, camera, cloud } = picture;
      const width = Math.round(size.width * ratio);
      const height = Math.round(size.height * ratio);
      if (canvas.width < width) canvas.width = width;
      if (canvas.height < height) canvas.height = height;
      gl.viewport(0, 0, width, height);
      gl.clearColor(0, 0, 0, 0);
      gl.clear(gl.COLOR_BUFFER_BIT);
      gl.enable(gl.BLEND);
      gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
      const buffers = buffersOf(cloud);
      gl.activeTexture(gl.TEXTURE0);
      gl.bindTexture(gl.TEXTURE_2D, paletteTexture);
      if (uploaded !== picture.palette) {
        uploadPalette(gl, picture.palette);
        uploaded = picture.palette;
      }
      gl.activeTexture(gl.TEXTURE1);
      const sx = (2 * camera.scale) / size.width;
      const sy = (2 * camera.scale) / size.height;
      gl.bindVertexArray(buffers.array);
      if (carried) {
        gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, buffers.rows);
        gl.bufferData(gl.ELEMENT_ARRAY_BUFFER, Uint32Array.from(carried), gl.STREAM_DRAW);
      }
      for (const pass of passes(picture, carried !== null)) {
        const dots = !pass.ring && pass.radius * ratio < SMALLEST;
        const atlas = dots ? null : atlasOf(pass.radius, ratio);
        if (atlas) gl.bindTexture(gl.TEXTURE_2D, atlas.texture);
        const { program, at } = dots ? forDots : forMarks;
        gl.useProgram(program);
        gl.uniform1i(at.palette, 0);
        gl.uniform1i(at.atlas, 1);
        gl.uniform4f(at.camera, sx, sy, -camera.x * sx, -camera.y * sy);
        gl.uniform1f(at.progress, cloud.progress(picture.now));
        gl.uniform1f(at.size, atlas?.size ?? Math.ceil(2 * pass.radius * ratio));
        gl.uniform1i(at.lit, pass.fades ? picture.lit : -1);
        gl.uniform1i(at.ring, pass.ring);
        gl.uniform2ui(at.wanted, pass.need, pass.avoid);
        gl.uniform2f(at.alpha, pass.fill, pass.rim);
        const cover = pass.fades ? coverage(picture.radius, camera.scale, cloud.cell) : 0;
        gl.uniform2f(at.crowd, cover, picture.opacity);
        if (carried) gl.drawElements(gl.POINTS, carried.length, gl.UNSIGNED_INT, 0);
        else gl.drawArrays(gl.POINTS, 0, cloud.n);
      }
      gl.bindVertexArray(null);
      target.setTransform(1, 0, 0, 1, 0, 0);
      target.drawImage(canvas, 0, canvas.height - height, width, height, 0, 0, width, height);
      target.setTransform(ratio, 0, 0, ratio, 0, 0);
    },
    forget(cloud) {
      const buffers = clouds.get(cloud);
      if (!buffers) return;
      clouds.delete(cloud);
      gl.deleteVertexArray(buffers.array);
      for (const name of ["from", "to", "look", "rows"] as const) gl.deleteBuffer(buffers[name]);
    },
  };
}

function uploadPalette(gl: WebGL2RenderingContext, { fill, rim }: Palette): void {
  const texels = Uint8Array.from([...fill, ...rim].flatMap(([r, g, b]) => [r, g, b, 255]));
  gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, 256, 2, 0, gl.RGBA, gl.UNSIGNED_BYTE, texels);
}

function upload(gl: WebGL2RenderingContext, buffer: WebGLBuffer, data: ArrayBufferView<ArrayBuffer>): void {
  gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
  gl.bufferData(gl.ARRAY_BUFFER, data, gl.DYNAMIC_DRAW);
}

function attribute(gl: WebGL2RenderingContext, place: number, buffer: WebGLBuffer): void {
  gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
  gl.enableVertexAttribArray(place);
  gl.vertexAttribPointer(place, 2, gl.FLOAT, false, 0, 0);
}

function texture(gl: WebGL2RenderingContext, filter: number): WebGLTexture {
  const made = must(gl.createTexture());
  gl.bindTexture(gl.TEXTURE_2D, made);
  for (const name of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER])
    gl.texParameteri(gl.TEXTURE_2D, name, filter);
  for (const name of [gl.TEXTURE_WRAP_S, gl.TEXTURE_WRAP_T]) {
    gl.texParameteri(gl.TEXTURE_2D, name, gl.CLAMP_TO_EDGE);
  }
  return made;
}

/** A program for one kind of points, and where its uniforms are. */
function link(
  gl: WebGL2RenderingContext,
  define: string,
): { program: WebGLProgram; at: Record<Uniform, WebGLUniformLocation | null> } {
  const program = must(gl.createProgram());
  for (const [name, place] of Object.entries(AT)) gl.bindAttribLocation(program, place, name);
  for (const [kind, source] of [
    [gl.VERTEX_SHADER, VERTEX],
    [gl.FRAGMENT_SHADER, FRAGMENT],
  ] as const) {
    const shader = must(gl.createShader(kind));
    gl.shaderSource(shader, source.replace("\n", `\n${define}\n`)); // the version stays the first line
    gl.compileShader(shader);
    gl.attachShader(program, shader);
  }
  gl.linkProgram(program);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS) && !gl.isContextLost()) {
    throw new Error(`WebGL refused the shaders: ${gl.getProgramInfoLog(program)}`);
  }
  const places = UNIFORMS.map(name => [name, gl.getUniformLocation(program, name)] as const);
  return { program, at: Object.fromEntries(places) as Record<Uniform, WebGLUniformLocation | null> };
}

function must<T>(value: T | null): T {
  if (value === null) throw new Error("This browser offers no WebGL2.");
  return value;
}
