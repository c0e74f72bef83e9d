/** JSON.rawJSON keeps all digits of an integer; browsers before 2024 do not have it. */
interface JSON {
  rawJSON?(text: string): unknown;
}
