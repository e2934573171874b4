// Components that few pages hold; a page that does sets `extras`.
import { CharacterCount } from "govuk-frontend/dist/govuk/components/character-count/character-count.mjs";
import { PasswordInput } from "govuk-frontend/dist/govuk/components/password-input/password-input.mjs";
import { createAll } from "govuk-frontend/dist/govuk/init.mjs";

for (const component of [CharacterCount, PasswordInput]) createAll(component);
