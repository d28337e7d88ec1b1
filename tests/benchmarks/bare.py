"""The least that a WebGL2 widget can be: positions in, points out; what a picture costs without anything else."""

import anywidget
import numpy as np
import traitlets


class Bare(anywidget.AnyWidget):
    _esm = """
    const VERTEX = `#version 300 es
    in vec2 at; void main() { gl_Position = vec4(at, 0, 1); gl_PointSize = 2.5; }`;
    const FRAGMENT = `#version 300 es
    precision mediump float; out vec4 c; void main() { c = vec4(0, 0.2, 0.35, 0.5); }`;
    export default { render({ model, el }) {
      const canvas = document.createElement("canvas");
      [canvas.width, canvas.height] = [el.clientWidth || 900, 420];
      el.append(canvas);
      const gl = canvas.getContext("webgl2", { preserveDrawingBuffer: true });
      const program = gl.createProgram();
      for (const [kind, source] of [[gl.VERTEX_SHADER, VERTEX], [gl.FRAGMENT_SHADER, FRAGMENT]]) {
        const shader = gl.createShader(kind);
        gl.shaderSource(shader, source); gl.compileShader(shader); gl.attachShader(program, shader);
      }
      gl.linkProgram(program); gl.useProgram(program);
      gl.enable(gl.BLEND); gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
      gl.bindBuffer(gl.ARRAY_BUFFER, gl.createBuffer());
      gl.enableVertexAttribArray(0); gl.vertexAttribPointer(0, 2, gl.FLOAT, false, 0, 0);
      const draw = () => {
        const view = model.get("points");
        gl.bufferData(gl.ARRAY_BUFFER, view, gl.DYNAMIC_DRAW);
        gl.clear(gl.COLOR_BUFFER_BIT); gl.drawArrays(gl.POINTS, 0, view.byteLength / 8);
      };
      model.on("change:points", () => requestAnimationFrame(draw));
      draw();
    } };
    """
    points = traitlets.Bytes().tag(sync=True)

    def __init__(self, points: np.ndarray) -> None:
        super().__init__(points=(points * 0.9).astype("<f4").tobytes())

    def replace(self, points: np.ndarray) -> None:
        self.points = (points * 0.9).astype("<f4").tobytes()
