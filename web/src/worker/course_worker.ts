/** Entry of the worker of the course's pages: loads Python with the course, and answers requests. */

import type { FromCourseWorker } from "../course/messages";
import { loadPython } from "./python";

const START = `
from deltarule.course.figure_session import FigureSession
FigureSession().answer
`;

const post = (message: FromCourseWorker) => self.postMessage(message);

loadPython(["numpy.zip", "deltarule.zip", "course.zip"]).then(
  (python) => {
    const answer = python.runPython(START) as (text: string) => string;
    self.onmessage = ({ data }: MessageEvent<string>) => post({ kind: "answer", text: answer(data) });
    post({ kind: "ready" });
  },
  (error: unknown) => post({ kind: "failed", text: String((error as Error).message ?? error) }),
);
