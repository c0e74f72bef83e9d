import { adopt } from "../../engine/edits";
import type { Suggestion } from "../../engine/protocol";
import { useSession } from "../context";

interface SuggestionsProps {
  label: string;
  suggestions: readonly Suggestion[];
  testid: string;
}

/** Sentences that name a change; a click applies it and rewinds, so that both runs start alike. */
export function Suggestions({ label, suggestions, testid }: SuggestionsProps) {
  const session = useSession();
  if (suggestions.length === 0 || session.hello.value?.frozen) return null;
  return (
    <ul class="suggestions" aria-label={label}>
      {suggestions.map(({ text, experiment }, i) => (
        <li key={text}>
          <button
            type="button"
            class="suggestion"
            data-testid={`${testid}-${i}`}
            onClick={() => {
              session.edit(adopt(experiment));
              session.send({ type: "rewind" });
            }}
          >
            {text}
          </button>
        </li>
      ))}
    </ul>
  );
}
