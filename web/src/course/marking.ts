/** Marks answers as deltarule.course.check does, with the same sentences. */

import { numberOf } from "./numbers";

export interface ChoiceQuestion {
  readonly name: string;
  readonly kind: "choice";
  readonly options: readonly { readonly text: string; readonly right: boolean; readonly sentence: string }[];
}

export interface NumberQuestion {
  readonly name: string;
  readonly kind: "number";
  readonly value: number;
  readonly tolerance: number;
  readonly right: string;
  readonly hint: string;
  readonly mistakes: readonly { readonly value: number; readonly sentence: string }[];
}

export interface NumbersQuestion {
  readonly name: string;
  readonly kind: "numbers";
  readonly labels: readonly string[];
  readonly right: string;
  readonly conditions: readonly {
    readonly factors: readonly number[];
    readonly offset: number;
    readonly sentence: string;
  }[];
}

export type Question = ChoiceQuestion | NumberQuestion | NumbersQuestion;

export interface Mark {
  readonly right: boolean;
  readonly sentence: string;
}

const A_NUMBER: Mark = { right: false, sentence: "Write a number, such as −6 or 0.25." };

/** Mark the texts of an answer: of the chosen option its place from 0, else the numbers. */
export function mark(question: Question, answer: readonly string[]): Mark {
  if (question.kind === "choice") {
    const option = question.options[Number(answer[0] ?? NaN)];
    return option ?? { right: false, sentence: "Choose one of the answers." };
  }
  const numbers = answer.map(numberOf);
  if (numbers.some((number) => number === null)) return A_NUMBER;
  const given = numbers as number[];
  if (question.kind === "numbers") {
    const missed = question.conditions.find(
      ({ factors, offset }) => !(factors.reduce((sum, f, i) => sum + f * (given[i] ?? NaN), offset) > 0),
    );
    return missed ? { right: false, sentence: missed.sentence } : { right: true, sentence: question.right };
  }
  const isNear = (value: number) => Math.abs((given[0] ?? NaN) - value) <= question.tolerance;
  if (isNear(question.value)) return { right: true, sentence: question.right };
  const mistake = question.mistakes.find(({ value }) => isNear(value));
  return { right: false, sentence: mistake?.sentence ?? question.hint };
}
