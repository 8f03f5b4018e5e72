/**
 * A small service for notes, as it was before: business code that knows nothing of the stack.
 */
export interface Note {
  readonly title: string;
  readonly text: string;
}

const notes: Note[] = [];

export function addNote(note: Note): number {
  notes.push(note);
  return notes.length;
}
